import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { connect, type Database } from "#db/client";
import { startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { apiOrigin, letPass, sendTo } from "#e2e/fixtures/api";
import { givenAsked } from "#e2e/fixtures/asked";
import { routeList } from "#lib/api/table";
import { newId } from "#lib/domain/id";

// Every read of the API, by an operator and by a tenant's owner, where there are many tenants, nodes and
// environments. No page and no socket between: what is measured is the door, the views and their statements.

const nodesOfRack = 40;
const ofEachTenant = 100;
const dayMs = 86_400_000;

export type ReadsSize = { tenants: number; nodes: number; rounds: number };

export async function benchReads(
  say: (line: string) => void,
  command: string,
  { tenants, nodes, rounds }: ReadsSize = { tenants: 1_000, nodes: 10_000, rounds: 20 },
): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-reads-"));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ directory: path.join(directory, "postgres") });
  const url = postgres.url();
  await migrate(url);
  const app = connect({ url, role: "ingot_app", max: 4 });
  const superuser = new pg.Client({
    connectionString: postgres.superuserUrl.replace(/postgres$/, "ingot"),
  });
  await superuser.connect();
  try {
    const asked = await givenAsked(app.db);
    say(`${tenants} tenants with ${ofEachTenant} environments each, ${nodes} nodes`);
    await fill(superuser, asked.ids, { tenants, nodes });
    const rows: BenchRow[] = [];
    const kinds = [
      ["owner", "a tenant's"],
      ["operator", "the fleet's"],
    ] as const;
    for (const [who, whose] of kinds) {
      const reads = routeList.filter(
        ({ route }) =>
          route.method === "GET" &&
          !route.event &&
          (route.place === "fleet") === (who === "operator"),
      );
      say(`${reads.length} reads of ${whose}`);
      const took = new Map<string, number[]>();
      for (const { name, route } of reads) {
        const at = route.path.replace(/\{(\w+)\}/g, (_, part) => asked.ids[part] ?? "nothing");
        // The limits of a minute are no part of what is measured.
        await letPass(app.db, "61 seconds");
        await superuser.query("update api_tokens set window_at = null");
        took.set(name, await timed(app.db, at, asked.tokens[who], rounds));
      }
      const p95 = [...took]
        .map(([name, times]) => ({ name, p95: quantile(times, 0.95) }))
        .sort((a, b) => b.p95 - a.p95);
      const all = [...took.values()].flat();
      const row = (name: string, value: number): BenchRow => ({
        ...{ name, unit: "ms", command },
        value: Math.round(value * 10) / 10,
      });
      rows.push(
        row(`${took.size} reads of ${whose}, p50`, quantile(all, 0.5)),
        row(`${took.size} reads of ${whose}, p95`, quantile(all, 0.95)),
        ...p95
          .slice(0, 5)
          .map(({ name, p95 }) => row(`the slowest of ${whose}: ${name}, p95`, p95)),
      );
    }
    return rows;
  } finally {
    await Promise.all([app.pool.end(), superuser.end()]);
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function timed(db: Database, at: string, token: string, rounds: number): Promise<number[]> {
  const send = sendTo(db);
  const took: number[] = [];
  for (let n = -2; n < rounds; n++) {
    const began = performance.now();
    const answer = await send(
      new Request(`${apiOrigin}/api/v1${at}`, { headers: { authorization: `Bearer ${token}` } }),
    );
    await answer.text();
    if (n >= 0) took.push(performance.now() - began);
    if (answer.status === 429) throw new Error("the bench asks too often");
  }
  return took;
}

/** Many more of what was made once: racks, nodes, people, tenants, environments and their operations. */
async function fill(
  superuser: pg.Client,
  ids: Record<string, string>,
  { tenants, nodes }: { tenants: number; nodes: number },
): Promise<void> {
  /** Copies of one row, each with columns of its own. */
  const copy = async (table: string, where: string, values: string[], own: object[]) => {
    const together = 2_000;
    for (let from = 0; from < own.length; from += together) {
      const text = `insert into ${table}
        select (jsonb_populate_record(null::${table}, to_jsonb(one) || made.own)).*
        from (select * from ${table} where ${where} limit 1) one,
          jsonb_array_elements($1::jsonb) made (own)`;
      const part = JSON.stringify(own.slice(from, from + together));
      await superuser.query(
        text.replace(/:(\d)/g, (_, n) => `'${values[Number(n)]}'`),
        [part],
      );
    }
  };
  const each = <T>(count: number, one: (n: number) => T) =>
    Array.from({ length: count }, (_, n) => one(n));
  const at = (ms: number) => new Date(ms).toISOString();
  const now = Date.now();

  const racks = each(Math.ceil(nodes / nodesOfRack), (n) => ({
    id: newId("rack"),
    name: `bench-${n}`,
  }));
  await copy("racks", "true", [], racks);
  const nodeIds = each(nodes, () => newId("node"));
  const ofNode = nodeIds.map((id, n) => ({
    ...{ id, name: `bench-${n}`, rack_id: racks[Math.floor(n / nodesOfRack)]?.id },
    ...{
      controller_address: `bench-${n}.example`,
      unit: (n % nodesOfRack) + 1,
      lifecycle: "active",
    },
  }));
  await copy("nodes", "lifecycle = 'available'", [], ofNode);

  const places = each(tenants, (n) => ({
    ...{ tenantId: newId("tenant"), projectId: newId("project"), userId: newId("user") },
    slug: `bench-${n}`,
  }));
  const tenantOf = { id: "tenantId" } as const;
  await copy(
    "tenants",
    "slug = :0",
    [ids.tenant ?? ""],
    places.map((p) => ({ id: p[tenantOf.id], slug: p.slug, name: p.slug })),
  );
  await copy(
    "users",
    "operator_role is null",
    [],
    places.map((p) => ({ id: p.userId, email: `${p.slug}@bench.example` })),
  );
  await copy(
    "tenant_members",
    "role = 'owner'",
    [],
    places.map((p) => ({ tenant_id: p.tenantId, user_id: p.userId })),
  );
  await copy(
    "projects",
    "slug = :0",
    [ids.project ?? ""],
    places.map((p) => ({ id: p.projectId, tenant_id: p.tenantId })),
  );
  await copy(
    "quotas",
    "project_id is null",
    [],
    places.map((p) => ({ tenant_id: p.tenantId })),
  );

  // The first of each tenant hold their nodes; the others ended, one after another on each node.
  const live = Math.floor(nodes / tenants);
  const rows = places.flatMap((place, t) =>
    each(ofEachTenant, (n) => {
      const order = t * ofEachTenant + n;
      const isLive = n < live;
      const nodeId = nodeIds[isLive ? t * live + n : order % nodes];
      const round = Math.floor(order / nodes);
      const from = now - (isLive ? dayMs : (round + 2) * 2 * dayMs);
      const to = isLive ? null : at(from + dayMs);
      return { place, n, isLive, nodeId, from: at(from), to, environmentId: newId("environment") };
    }),
  );
  await copy(
    "environments",
    "id = :0",
    [ids.environment ?? ""],
    rows.map((row) => ({
      ...{ id: row.environmentId, tenant_id: row.place.tenantId, project_id: row.place.projectId },
      ...{ name: `e-${row.n}`, state: row.isLive ? "ready" : "released" },
      ...{ created_at: row.from, released_at: row.to },
    })),
  );
  const allocation = "environment_id = :0";
  await copy(
    "allocations",
    allocation,
    [ids.environment ?? ""],
    rows.map((row) => ({
      ...{ id: newId("allocation"), environment_id: row.environmentId, node_id: row.nodeId },
      ...{ tenant_id: row.place.tenantId, project_id: row.place.projectId },
      ...{ started_at: row.from, released_at: row.to },
    })),
  );
  await copy(
    "operations",
    "environment_id = :0 and node_id is null",
    [ids.environment ?? ""],
    rows.map((row) => ({
      ...{ id: newId("operation"), environment_id: row.environmentId, request_key: null },
      ...{ tenant_id: row.place.tenantId, project_id: row.place.projectId },
      ...{ state: "succeeded", created_at: row.from, started_at: row.from, finished_at: row.from },
    })),
  );
  await superuser.query("analyze");
}
