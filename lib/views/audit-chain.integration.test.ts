import { readFile } from "node:fs/promises";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { rewriteChain } from "#e2e/fixtures/rewritten-chain";
import { must } from "#e2e/world/acting";
import { newAuditKey, publicAuditKeys } from "#lib/access/audit-seal";
import type { Grant } from "#lib/access/authorize";
import { createLog } from "#lib/config/log";
import { newId } from "#lib/domain/id";
import { verifyAudit } from "#lib/views/audit-chain";
import { sealAudit } from "#lib/worker/reconcilers/seal-audit";

let db: GivenConnections;
let superuser: pg.Client;
let tenantId: string;
let tenant: Grant<"tenant.audit">;

const events = 60;
const privateKeys = newAuditKey();
const auditKeys = publicAuditKeys(privateKeys);

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  const acme = await givenOrganisation(db.app);
  tenantId = acme.tenantId;
  const owner = await givenMember(db.app, acme, "owner");
  tenant = await tenantGrantOf(db.app, owner.userId, acme.slug, "tenant.audit");
  const write = (id: string | null, at: number) =>
    asOperator(db.app, (tx) =>
      tx.insert(auditEvents).values({
        id: newId("auditEvent"),
        tenantId: id as never,
        actorName: `Ada "${at}" 名`,
        action: "environment.launch",
        outcome: "done",
        sessionId: at % 2 ? null : newId("session"),
        detail: { at, nested: { b: 1.5, a: [null, true, "x"] } },
      }),
    );
  // Side by side, as a busy tenant's launches are: each gets the place at which it committed.
  for (let at = 0; at < events; at += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => write(i % 5 ? tenantId : null, at + i)));
  }
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const ofTenant = async () => must(await verifyAudit(db.app, tenant, auditKeys)).chains[0];

test("a chain that nobody has touched holds to its end, whatever the session's time zone", async () => {
  expect(await ofTenant()).toMatchObject({ length: 48, verifiedTo: 48, fault: null });
  const fleet = await givenFleetGrant(db.app, "fleet.audit");
  await superuser.query("alter role ingot_app set timezone to 'Asia/Kathmandu'");
  const { chains } = must(await verifyAudit(db.app, fleet, auditKeys));
  expect(chains.find((chain) => chain.tenant === null)).toMatchObject({ length: 12, fault: null });
  expect(chains.every((chain) => chain.fault === null)).toBe(true);
  await superuser.query("alter role ingot_app reset timezone");
});

test("events of a session and those from before it was told are one chain, as an older portal walks it, too", async () => {
  const first = await readFile("db/migrations/0007_platform.sql", "utf8");
  const form = /create function audit_event_text[\s\S]*?\$\$;/.exec(first)?.[0] ?? "";
  await superuser.query(form.replace("audit_event_text", "first_audit_event_text"));
  const { rows: forms } = await superuser.query(
    `select distinct session_id is not null as of_session,
      audit_event_text(e, 'x', 1) = first_audit_event_text(e, 'x', 1) as is_first
     from audit_events e order by of_session`,
  );
  expect(forms).toEqual([
    { of_session: false, is_first: true },
    { of_session: true, is_first: false },
  ]);
  const walk = () =>
    superuser.query("select last, fault from check_audit_chain($1, 0, '', 100)", [tenantId]);
  expect((await walk()).rows).toEqual([{ last: "48", fault: null }]);
  // Whoever takes the session out of an event brings it back to the first form, but not its hash.
  await superuser.query("begin");
  await superuser.query("set local session_replication_role = replica");
  await superuser.query("update audit_events set session_id = null");
  expect((await walk()).rows).toEqual([{ last: "48", fault: "changed" }]);
  await superuser.query("rollback");
});

/** The columns of an event, each with something else to say in it. */
const columns = {
  actor_name: "'Eve'",
  action: "'nothing'",
  outcome: "'denied'",
  at: "at + interval '1 microsecond'",
  detail: `detail || '{"at": -1}'`,
  tenant_id: "null",
  ip_address: "'203.0.113.1'",
  token_name: "'x'",
  object_id: "'y'",
  session_id: "'z'",
};

const place = fc.nat({ max: 47 });
/** Where somebody tampers with a chain, and with what. */
const where = fc
  .record({ at: place, to: place, column: fc.constantFrom(...Object.entries(columns)) })
  .filter(({ at, to }) => at !== to);
type Where = typeof where extends fc.Arbitrary<infer W> ? W : never;

const ways = [
  ...["change", "remove", "remove with its link", "cut off from", "forge a hash"],
  ...["add", "put in", "swap", "move"],
];
/** How far whoever did it covers it up: links that fit again, and the head that ends them. */
const covers = ["nothing", "links", "links and head"];

async function tamper(how: string, { at, to, column }: Where, ids: readonly string[]) {
  const [id, other] = [ids[at], ids[to]];
  const run = (text: string, values: unknown[] = []) => superuser.query(text, values);
  const added = newId("auditEvent");
  const write = () =>
    run(
      "insert into audit_events (id, tenant_id, actor_name, action, outcome) values ($1, $2, 'Eve', 'x', 'done')",
      [added, tenantId],
    );
  switch (how) {
    case "change":
      return run(`update audit_events set ${column.join(" = ")} where id = $1`, [id]);
    case "remove":
      return run("delete from audit_events where id = $1", [id]);
    case "remove with its link":
      await run("delete from audit_links where event_id = $1", [id]);
      return run("delete from audit_events where id = $1", [id]);
    case "cut off from":
      await run("delete from audit_events where id = any($1)", [ids.slice(at)]);
      return run("delete from audit_links where event_id = any($1)", [ids.slice(at)]);
    case "forge a hash":
      return run("update audit_links set hash = sha256(hash) where event_id = $1", [id]);
    case "add":
      return write();
    case "put in":
      await write();
      await run("update audit_links set sequence = -sequence where chain = $1 and sequence > $2", [
        tenantId,
        at,
      ]);
      await run(
        "update audit_links set sequence = 1 - sequence where chain = $1 and sequence < 0",
        [tenantId],
      );
      return run("insert into audit_links values ($1, $2, $3, sha256('x'))", [
        tenantId,
        at + 1,
        added,
      ]);
    case "swap":
      await run("update audit_links set event_id = 'x' where event_id = $1", [id]);
      await run("update audit_links set event_id = $1 where event_id = $2", [id, other]);
      return run("update audit_links set event_id = $1 where event_id = 'x'", [other]);
    case "move": {
      const moved = ids.toSpliced(at, 1).toSpliced(to, 0, id ?? "");
      await run("update audit_links set event_id = 'x' || event_id where chain = $1", [tenantId]);
      return run(
        "update audit_links l set event_id = m.id from unnest($2::text[]) with ordinality m (id, at) where l.chain = $1 and l.sequence = m.at",
        [tenantId, moved],
      );
    }
    default:
      throw new Error(how);
  }
}

test("of hundreds of changes, removals, moves and additions each is found, however it is covered up", async () => {
  const { rows: links } = await superuser.query<{ event_id: string }>(
    "select event_id from audit_links where chain = $1 order by sequence",
    [tenantId],
  );
  const ids = links.map((link) => link.event_id);
  await sealAudit({ db: db.worker, privateKeys, log: createLog("worker", "info", () => {}) });
  // As someone would who owns the database: no trigger and no policy stands in the way.
  await superuser.query("set session_replication_role = replica");
  await superuser.query(rewriteChain);
  for (const table of ["events", "links", "chains"]) {
    await superuser.query(`create table kept_${table} as table audit_${table}`);
  }
  const restore = async () => {
    for (const table of ["events", "links", "chains"]) {
      await superuser.query(`delete from audit_${table}`);
      await superuser.query(`insert into audit_${table} table kept_${table}`);
    }
  };
  for (const [how, cover] of ways.flatMap((way) => covers.map((cover) => [way, cover] as const))) {
    // Links written anew make a forged hash good, and there is nothing left to find.
    const isUndone = how === "forge a hash" && cover !== "nothing";
    await fc.assert(
      fc
        .asyncProperty(where, async (there) => {
          await tamper(how, there, ids);
          if (cover !== "nothing") {
            await superuser.query("select rewrite_chain($1, $2)", [tenantId, cover !== "links"]);
          }
          const found = await ofTenant();
          expect(found?.fault === null, `${how}, ${cover} covered up`).toBe(isUndone);
        })
        .afterEach(restore),
      { numRuns: 14 },
    );
  }
  await superuser.query("set session_replication_role = origin");
  expect(await ofTenant()).toMatchObject({ verifiedTo: 48, fault: null });
});

test("an act that is undone leaves no link, and nobody but the database writes one", async () => {
  await expect(
    asOperator(db.app, async (tx) => {
      await tx.insert(auditEvents).values({
        id: newId("auditEvent"),
        tenantId: tenantId as never,
        actorName: "Ada",
        action: "x",
        outcome: "done",
      });
      throw new Error("given up");
    }),
  ).rejects.toThrow("given up");
  expect(await ofTenant()).toMatchObject({ length: 48, fault: null });
  for (const role of [db.app, db.worker]) {
    for (const text of [
      `insert into audit_links (chain, sequence, event_id, hash) values ('fleet', 999, 'x', '')`,
      "update audit_chains set length = 0",
      "delete from audit_links",
      "select append_audit_link(e) from audit_events e",
    ]) {
      await expect(role.execute(text)).rejects.toMatchObject({ cause: { code: "42501" } });
    }
  }
});
