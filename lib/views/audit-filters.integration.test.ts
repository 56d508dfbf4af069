import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import {
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import type { Grant } from "#lib/access/authorize";
import { type AuditFilter, auditFilter } from "#lib/schemas/audit";
import { auditLog } from "#lib/views/audit-log";

// A filter of the audit log reads what it shows and little more, however long the log is: under row-level
// security, in the order of the pages, and by a plan made once for every value as by one made for its own.

const events = 20_000;
const mostRead = 1_500;

let db: GivenConnections;
let superuser: pg.Client;
let portal: pg.Client;
let grants: Record<"a tenant" | "the fleet", Grant<"tenant.audit"> | Grant<"fleet.audit">>;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  portal = new pg.Client({
    connectionString: db.superuserUrl,
    options: "-c role=ingot_app",
  });
  await Promise.all([superuser.connect(), portal.connect()]);
  const acme = await givenOrganisation(db.app);
  const { tenantId: other } = await givenOrganisation(db.app);
  const owner = await givenMember(db.app, acme, "owner");
  grants = {
    "a tenant": await tenantGrantOf(db.app, owner.userId, acme.slug, "tenant.audit"),
    "the fleet": await givenFleetGrant(db.app, "fleet.audit"),
  };
  // Written as one, and named and linked as the database does each.
  await superuser.query("set session_replication_role = replica");
  await superuser.query(
    `insert into audit_events (id, at, tenant_id, actor_name, action, outcome, object_kind, object_id, object_name)
     select 'aud_' || lpad(n::text, 26, '0'), timestamptz '2026-01-01' + n * interval '1 minute',
       case when n % 10 < 8 then $1 when n % 10 = 8 then $2 end,
       case when n = 77 then 'Rita Rare' else 'Person ' || n % 30 end,
       case when n = 78 then 'rare.act' else 'environment.verb_' || n % 20 end,
       case when n % 2000 = 10 or n % 10 = 8 then 'denied' else 'done' end,
       'environment', 'env_' || lpad((n % 5000)::text, 26, '0'),
       case when n = 79 then 'seldom' else 'train-' || n % 300 end
     from generate_series(1, $3) n`,
    [acme.tenantId, other, events],
  );
  await superuser.query(
    `insert into audit_links select coalesce(tenant_id, 'fleet'), n + row_number() over (order by id), id, ''
     from audit_events, (select 1000000) as far (n) where id like 'aud_0000%'`,
  );
  await superuser.query(
    `insert into audit_names
     select distinct coalesce(tenant_id, 'fleet'), n.kind, n.name from audit_events e,
       lateral (values ('action', e.action), ('actor', e.actor_name), ('object', e.object_name)) n (kind, name)
     where n.name is not null on conflict do nothing`,
  );
  await superuser.query("analyze");
});
afterAll(async () => {
  await Promise.all([superuser?.end(), portal?.end()]);
  await db?.close();
});

type Wish = Omit<AuditFilter, "after">;

/** For each thing that the log can be narrowed to, values that nothing, little and much of it has. */
const wishes: { [Key in keyof Wish]-?: readonly NonNullable<Wish[Key]>[] } = {
  action: ["no.such", "rare", "verb_7"],
  actor: ["nobody", "Rita", "Person 7"],
  object: ["nowhere", "seldom", "train", "train-77", `env_${"4321".padStart(26, "0")}`, "env_none"],
  tenant: ["nowhere"],
  outcome: ["denied"],
};
const filters = Object.entries(wishes).flatMap(([key, values]) =>
  values.map((value) => ({ [key]: value })),
);

type Plan = {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Plan[];
};

/** How many rows of tables a plan has looked at. */
function rowsIn(plan: Plan): number {
  const dropped =
    (plan["Rows Removed by Filter"] ?? 0) + (plan["Rows Removed by Index Recheck"] ?? 0);
  const own = plan["Relation Name"] ? (plan["Actual Rows"] + dropped) * plan["Actual Loops"] : 0;
  return own + (plan.Plans ?? []).reduce((sum, each) => sum + rowsIn(each), 0);
}

/** Asks for a page as the portal's role, and then again for the plans of its statements: how much they read. */
async function readFor(grant: Grant<"tenant.audit"> | Grant<"fleet.audit">, filter: object) {
  const asked: { query: string; params: unknown[] }[] = [];
  const logger = {
    logQuery: (query: string, params: unknown[]) => void asked.push({ query, params }),
  };
  await auditLog(drizzle(portal, { logger }), grant, auditFilter.parse(filter));
  let read = 0;
  for (const { query, params } of asked) {
    const isList = query.startsWith("select ") && !query.includes("set_config");
    const text = isList ? `explain (analyze, timing off, format json) ${query}` : query;
    const { rows } = await portal.query({ text, values: params });
    if (isList) read += rowsIn(rows[0]["QUERY PLAN"][0].Plan);
  }
  return read;
}

/** Which filters read more of the log than they may. */
async function slowFilters(modes: readonly string[]): Promise<string[]> {
  const slow: string[] = [];
  for (const mode of modes) {
    await portal.query(`set plan_cache_mode = ${mode}`);
    for (const [who, grant] of Object.entries(grants)) {
      for (const filter of filters) {
        const read = await readFor(grant, filter);
        if (read > mostRead) slow.push(`${JSON.stringify(filter)} of ${who}`);
      }
    }
  }
  return [...new Set(slow)];
}

test("no filter of the audit log reads it whole for a page, and none of its indexes can be done without", async () => {
  expect(await slowFilters(["force_custom_plan", "force_generic_plan"])).toEqual([]);

  const { rows: indexes } = await superuser.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index
     where indrelid = 'audit_events'::regclass and not indisprimary order by 1`,
  );
  const needed: Record<string, string[]> = {};
  for (const { name, made } of indexes) {
    await superuser.query(`drop index ${name}`);
    needed[name] = await slowFilters(["force_custom_plan"]);
    await superuser.query(made);
    await superuser.query("analyze audit_events");
  }
  const unneeded = Object.entries(needed).filter(([, slow]) => slow.length === 0);
  // What it is for is a small tenant's log without a filter.
  expect(unneeded.map(([name]) => name)).toEqual(["audit_events_by_tenant"]);
}, 300_000);
