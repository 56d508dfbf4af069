import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { connect, type Database } from "#db/client";
import { startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { givenApiTenant, ownToken, sendTo } from "#e2e/fixtures/api";
import { type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { ingot } from "#e2e/ingot-client";
import { must } from "#e2e/world/acting";
import { loadTokenActor, newApiToken } from "#lib/access/api-token";
import { recordAudits } from "#lib/access/audit";
import { newAuditKey, publicAuditKeys } from "#lib/access/audit-seal";
import { authorizeProject, authorizeTenant, type Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import { verifyAudit } from "#lib/views/audit-chain";

// Many tenants on one database of its own: what it costs to ask who may, to list what is one's own, to
// keep tenants apart, and to write and verify the audit log. No page and no socket between.

const request = { requestId: "bench", ipAddress: null };
const ofEachTenant = 100;
const askedTenants = 50;
const writers = 8;

/** A tenant as the measurements ask for it. */
type Place = {
  tenantId: Id<"tenant">;
  projectId: Id<"project">;
  slug: string;
  token: string;
};

export async function benchTenancy(
  say: (line: string) => void,
  command: string,
  { tenants = 1_000, events = 1_000_000 }: { tenants?: number; events?: number } = {},
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-tenancy-"));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ directory: path.join(directory, "postgres") });
  const url = postgres.url();
  await migrate(url);
  const app = connect({ url, role: "ingot_app", max: writers });
  const worker = connect({ url, role: "ingot_worker", max: 1 });
  const superuser = new pg.Client({
    connectionString: postgres.superuserUrl.replace(/postgres$/, "ingot"),
  });
  await superuser.connect();
  const row = (name: string, value: number, unit: string): BenchRow => ({
    ...{ name, unit, command },
    value: value >= 100 ? Math.round(value) : Math.round(value * 100) / 100,
  });
  try {
    say(`${tenants} tenants with ${ofEachTenant} environments each`);
    const fleet = await givenFleet(app.db, { racks: [1] });
    const places = await fill(superuser, { app: app.db, worker: worker.db }, fleet, tenants);
    const whole = (tenants * ofEachTenant).toLocaleString("en");

    say("authorize");
    const authorized = await benchAuthorize(app.db, places);
    say("lists");
    const lists = await benchLists(app.db, places);
    say("row-level security");
    const apart = await benchApart(url, superuser, places);
    say("audit");
    const tenant = await givenApiTenant(app.db, fleet);
    const grant = must(authorizeTenant(tenant.owner, tenant.slug, "tenant.audit"));
    const one = await benchAppends(app.db, () => grant);
    const many = await benchAppends(app.db, grantsOf(places));
    say(`audit log of ${events.toLocaleString("en")} events`);
    await writeEvents(app.db, grant, events);
    await superuser.query("analyze audit_events");
    const log = await benchLog(app.db, await ownToken(app.db, tenant.owner), tenant.slug);
    const began = performance.now();
    const verified = must(await verifyAudit(app.db, grant, publicAuditKeys(newAuditKey())));
    const seconds = (performance.now() - began) / 1000;
    const length = verified.chains[0]?.verifiedTo ?? 0;
    const logged = length.toLocaleString("en");

    return [
      row("authorize, rule alone", authorized.ruleUs, "us"),
      row("authorize per request, token from the database, p50", authorized.p50Ms, "ms"),
      row("authorize per request, token from the database, p95", authorized.p95Ms, "ms"),
      row(
        `list of 25 of ${whole} environments of ${tenants} tenants, p50`,
        lists.first.p50Ms,
        "ms",
      ),
      row(
        `list of 25 of ${whole} environments of ${tenants} tenants, p95`,
        lists.first.p95Ms,
        "ms",
      ),
      row("the page after it, by a part of the name, p50", lists.named.p50Ms, "ms"),
      row("the page after it, by a part of the name, p95", lists.named.p95Ms, "ms"),
      row("25 environments in a plain transaction, p50", apart.plainMs, "ms"),
      row("the same with row-level security, p50", apart.apartMs, "ms"),
      row("row-level security over a plain transaction", apart.percent, "%"),
      row(`audit appends, one tenant, ${writers} writers`, one, "events/s"),
      row(`audit appends, ${askedTenants} tenants, ${writers} writers`, many, "events/s"),
      row(`list of 50 of ${logged} audit events, p50`, log.any.p50Ms, "ms"),
      row(`list of 50 of ${logged} audit events, p95`, log.any.p95Ms, "ms"),
      row("audit events of a person who did nothing, p50", log.none.p50Ms, "ms"),
      row("audit events of a person who did nothing, p95", log.none.p95Ms, "ms"),
      row(`audit verification of ${logged} events`, seconds, "s"),
    ];
  } finally {
    await Promise.all([app.pool.end(), worker.pool.end(), superuser.end()]);
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Tenants with one project each, full of environments copied from one that was launched. */
async function fill(
  superuser: pg.Client,
  db: { app: Database; worker: Database },
  fleet: GivenFleet,
  tenants: number,
): Promise<Place[]> {
  const first = await givenTenant(db.app, { fleet, gpuLimit: 8 });
  const { environmentId } = await givenLaunched(db, { fleet, tenant: first, nodeCount: 1 });
  const places: Place[] = [];
  for (let n = 0; n < tenants; n++) {
    const slug = `bench-${n}`;
    const [tenantId, projectId] = [newId("tenant"), newId("project")];
    await superuser.query("insert into tenants (id, slug, name) values ($1, $2, $2)", [
      tenantId,
      slug,
    ]);
    await superuser.query(
      "insert into projects (id, tenant_id, slug, name) values ($1, $2, 'research', 'Research')",
      [projectId, tenantId],
    );
    await superuser.query(
      `insert into environments
       select (jsonb_populate_record(null::environments, to_jsonb(e) || jsonb_build_object(
         'id', made.id, 'tenant_id', $2::text, 'project_id', $3::text, 'name', 'e-' || made.n))).*
       from environments e, unnest($4::text[]) with ordinality as made (id, n) where e.id = $1`,
      [
        environmentId,
        tenantId,
        projectId,
        Array.from({ length: ofEachTenant }, () => newId("environment")),
      ],
    );
    if (n % Math.floor(tenants / askedTenants) > 0 || places.length === askedTenants) continue;
    const accountId = newId("serviceAccount");
    const { token, key, sha256 } = newApiToken();
    await superuser.query(
      `insert into service_accounts (id, tenant_id, project_id, name, role, created_by_name)
       values ($1, $2, $3, 'bench', 'member', 'bench')`,
      [accountId, tenantId, projectId],
    );
    await superuser.query(
      `insert into api_tokens (id, key, sha256, name, service_account_id, tenant_id, project_id,
         scopes, created_by_name, expires_at)
       values ($1, $2, $3, 'bench', $4, $5, $6, '{environment.read}', 'bench', now() + interval '1 day')`,
      [newId("apiToken"), key, sha256, accountId, tenantId, projectId],
    );
    places.push({ tenantId, projectId, slug, token });
  }
  await superuser.query("analyze");
  return places;
}

async function benchAuthorize(db: Database, places: readonly Place[]) {
  const took = await timed(1_000, async (n) => {
    const place = at(places, n);
    const shown = await loadTokenActor(db, place.token, request);
    if (shown.standing !== "live") throw new Error("the bench's token is worth nothing");
    must(authorizeProject(shown.actor, place.slug, "research", "environment.read"));
  });
  const place = at(places, 0);
  const shown = await loadTokenActor(db, place.token, request);
  if (shown.standing !== "live") throw new Error("the bench's token is worth nothing");
  const rounds = 1_000_000;
  const began = performance.now();
  for (let n = 0; n < rounds; n++) {
    authorizeProject(shown.actor, place.slug, "research", "environment.read");
  }
  const ruleUs = ((performance.now() - began) * 1_000) / rounds;
  return { ruleUs, ...middle(took) };
}

/** From the request to the answer's text, through the door of the API. */
async function benchLists(db: Database, places: readonly Place[]) {
  const send = sendTo(db);
  const list = async (n: number, query: { after?: Id<"environment">; name?: string }) => {
    // The limit of a token's requests is no part of what is measured: each place has its own.
    const { token, slug: tenant } = at(places, n);
    const { call } = ingot({ token, base: "https://ingot.example/api/v1", send });
    const params = { tenant, project: "research" };
    const { items, next } = await call("listEnvironments", { params, query });
    if (items.length !== 25) throw new Error("a list of the bench is not full");
    return next;
  };
  const nexts: Id<"environment">[] = [];
  const first = await timed(2_000, async (n) => {
    nexts[n % places.length] = (await list(n, {})) as Id<"environment">;
  });
  const named = await timed(2_000, async (n) => {
    await list(n, { after: nexts[n % places.length], name: "e-" });
  });
  return { first: middle(first), named: middle(named) };
}

/** The audit log of the tenant that has the most of it, as its owner lists it. */
async function benchLog(db: Database, token: string, tenant: string) {
  const { call } = ingot({ token, base: "https://ingot.example/api/v1", send: sendTo(db) });
  const list = async (query: { actor?: string }, wanted: number) => {
    const { items } = await call("listAuditEvents", { params: { tenant }, query });
    if (items.length !== wanted) throw new Error("a list of the bench is not as long as it was");
  };
  const any = await timed(400, () => list({}, 50));
  const none = await timed(20, () => list({ actor: "nobody-of-that-name" }, 0));
  return { any: middle(any), none: middle(none) };
}

const middle = (took: number[]) => ({ p50Ms: quantile(took, 0.5), p95Ms: quantile(took, 0.95) });

/** The same statements for the same rows, by the portal's role and by one whom no policy holds. */
async function benchApart(url: string, superuser: pg.Client, places: readonly Place[]) {
  const portal = new pg.Client({ connectionString: url, options: "-c role=ingot_app" });
  await portal.connect();
  const once = async (client: pg.Client, { tenantId, projectId }: Place) => {
    const began = performance.now();
    await client.query("begin");
    await client.query({
      ...{ name: "scope", text: "select set_config('app.tenant', $1, true)" },
      values: [tenantId],
    });
    const { rowCount } = await client.query({
      name: "list",
      text: `select id, name, state from environments where tenant_id = $1 and project_id = $2
        order by id desc limit 25`,
      values: [tenantId, projectId],
    });
    await client.query("commit");
    if (rowCount !== 25) throw new Error("a list of the bench is not full");
    return performance.now() - began;
  };
  const plain: number[] = [];
  const apart: number[] = [];
  // One after the other, so that a busy moment meets both.
  await timed(2_000, async (n) => {
    plain.push(await once(superuser, at(places, n)));
    apart.push(await once(portal, at(places, n)));
  });
  await portal.end();
  const [plainMs, apartMs] = [quantile(plain, 0.5), quantile(apart, 0.5)];
  return { plainMs, apartMs, percent: (apartMs / plainMs - 1) * 100 };
}

type AuditGrant = Grant<"tenant.audit"> | Grant<"environment.read">;

/** Whose log the n-th event goes to: one tenant's after another's. */
function grantsOf(places: readonly Place[]): (n: number) => AuditGrant {
  return (n) => {
    const { tenantId, projectId, slug } = at(places, n);
    const project = { projectId, slug: "research", name: "Research", role: "admin" as const };
    const membership = { tenantId, tenantSlug: slug, tenantName: slug, projects: [project] };
    const actor = {
      ...{ userId: newId("serviceAccount"), name: "bench", email: "", operatorRole: null },
      memberships: [{ ...membership, role: "member" as const }],
      ...request,
    };
    return must(authorizeProject(actor, slug, "research", "environment.read"));
  };
}

/** Events of one each, in transactions of their own, from several connections for ten seconds. */
async function benchAppends(db: Database, grantFor: (n: number) => AuditGrant): Promise<number> {
  const began = performance.now();
  let written = 0;
  const writer = async () => {
    while (performance.now() - began < 10_000) {
      const grant = grantFor(written);
      await withGrant(db, grant, (tx) => recordAudits(tx, grant, [act]));
      written++;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return written / ((performance.now() - began) / 1000);
}

const act = {
  action: "environment.launch",
  object: { kind: "environment", id: "env_bench", name: "bench" },
  detail: { counts: { workers: 1 } },
};

async function writeEvents(db: Database, grant: Grant<"tenant.audit">, events: number) {
  const together = 1_000;
  for (let n = 0; n < events; n += together) {
    const acts = Array.from({ length: Math.min(together, events - n) }, () => act);
    await withGrant(db, grant, (tx) => recordAudits(tx, grant, acts));
  }
}

/** What each of so many runs took, in milliseconds, after a tenth as many to warm up. */
async function timed(times: number, run: (n: number) => Promise<void>): Promise<number[]> {
  for (let n = 0; n < times / 10; n++) await run(n);
  const took: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await run(n);
    took.push(performance.now() - began);
  }
  return took;
}

function at(places: readonly Place[], n: number): Place {
  const place = places[n % places.length];
  if (!place) throw new Error("the bench has no tenant");
  return place;
}
