import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aLaunch, clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { givenFleet } from "#e2e/fixtures/launchable";
import { newId } from "#lib/domain/id";

// Lists that are longer than a page: read to their end by what each page says, they tell of every row once,
// whatever comes meanwhile.

let db: GivenConnections;
let superuser: pg.Client;
let operate: ReturnType<typeof clientOf>;
let ask: ReturnType<typeof clientOf>;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let of: { environmentId: string; operationId: string };

beforeAll(async () => {
  db = await givenConnections();
  const fleet = await givenFleet(db.app, { racks: [4] });
  ours = await givenApiTenant(db.app, fleet);
  ask = clientOf(db.app, await ownToken(db.app, ours.owner));
  operate = clientOf(db.app, await ownToken(db.app, await givenOperator(db.app)));
  of = (await ask("launchEnvironment", { params: ours.place, body: aLaunch(fleet, "long") })).value;
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

/** Reads a list to its end, and has something happen after its first page. */
async function whole(
  read: (after: string | undefined) => Promise<{ items: { id: string }[]; next: string | null }>,
  meanwhile: () => Promise<unknown>,
): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let pages = 0;
  let after: string | undefined;
  do {
    const { items, next } = await read(after);
    ids.push(...items.map(({ id }) => id));
    if (pages++ === 0) await meanwhile();
    after = next ?? undefined;
  } while (after !== undefined && pages < 20);
  return { ids, pages };
}

/** As the worker writes it, of the node that the environment was given. Several are of one moment. */
async function givenReason(
  at: string,
  severity: "critical" | "warning",
  closedAt: string | null = null,
): Promise<string> {
  const id = newId("healthReason");
  await superuser.query(
    `insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
       last_seen_at, closed_at, closed_how, allocation_id, tenant_id, project_id, environment_id)
     select $1, node_id, 0, 'code_' || $1, $3, '{}', 1, $4, $4, $5, $6, id, tenant_id, project_id,
       environment_id from allocations where tenant_id = $2 limit 1`,
    [id, ours.tenantId, severity, at, closedAt, closedAt && "quiet"],
  );
  return id;
}

const moment = (n: number) =>
  `2026-11-01T00:${String(Math.floor(n / 3)).padStart(2, "0")}:00.000001Z`;

test("reasons of health, open and past, are told page by page, each once", async () => {
  const made: { open: string[]; past: string[] } = { open: [], past: [] };
  for (let n = 0; n < 120; n++) {
    made.open.push(await givenReason(moment(n), n % 4 === 0 ? "critical" : "warning"));
    made.past.push(await givenReason(moment(n), "warning", moment(120 - n)));
  }
  for (const tab of ["open", "past"] as const) {
    const { ids, pages } = await whole(
      async (after) => (await operate("listHealth", { query: { tab, after } })).value,
      // One comes ahead of all the others, which a page that counted rows would tell one of them twice for;
      // and all that goes on is seen again, as the worker does every few minutes.
      async () => {
        await superuser.query(
          "update health_reasons set last_seen_at = now() where closed_at is null",
        );
        await givenReason(
          "2026-11-27T00:00:00Z",
          "critical",
          tab === "past" ? "2026-11-27T00:00:00Z" : null,
        );
      },
    );
    expect(pages).toBe(3);
    expect(ids.toSorted()).toEqual(made[tab].toSorted());
  }
});

/** A run of a hook of the operation that was ordered, as the worker would have left it. */
async function givenRun(n: number, kind: "wait" | "approval"): Promise<string> {
  const id = newId("hookRun");
  const approvers = kind === "approval" ? { kind: "tenant_admins" as const, emails: [] } : null;
  await superuser.query(
    `insert into hook_runs (id, tenant_id, project_id, environment_id, operation_id, name, state, point,
       position, is_gate, input, definition, created_at)
     values ($1, $2, $3, $4, $5, $6, 'waiting', 'after_allocate', 0, false, '{}', $7, $8)`,
    [
      ...[id, ours.tenantId, ours.projectId, of.environmentId, of.operationId, `${kind}-${n}`],
      ...[JSON.stringify(aHook({ name: `${kind}-${n}`, kind, approvers })), moment(n)],
    ],
  );
  return id;
}

test("hook runs and approvals are told page by page, each once, to operators and to the tenant", async () => {
  const runs: string[] = [];
  const approvals: string[] = [];
  for (let n = 0; n < 110; n++) {
    runs.push(await givenRun(n, "wait"));
    const approval = await givenRun(n, "approval");
    runs.push(approval);
    approvals.push(approval);
  }
  const listed = await whole(
    async (after) => (await operate("listHookRuns", { query: { after } })).value,
    () => superuser.query("update hook_runs set words = 'it goes on'"),
  );
  expect(listed.ids).toHaveLength(220);
  expect(listed.ids.toSorted()).toEqual(runs.toSorted());
  for (const read of [
    async (after?: string) => (await operate("listFleetApprovals", { query: { after } })).value,
    async (after?: string) =>
      (await ask("listApprovals", { params: { tenant: ours.slug }, query: { after } })).value,
  ]) {
    let later = "";
    const { ids, pages } = await whole(read, async () => {
      later = await givenRun(179, "approval");
    });
    // Oldest first: what comes meanwhile is the last.
    expect(ids).toHaveLength(approvals.length + 1);
    expect(ids.at(-1)).toBe(later);
    expect(ids.toSorted()).toEqual([...approvals, later].toSorted());
    expect(pages).toBe(3);
    await superuser.query("delete from hook_runs where id = $1", [later]);
  }
});

test("an environment's runs of hooks are told page by page, newest first, those of one moment in the order of their hooks", async () => {
  // All of the test before; of each moment several.
  await superuser.query("update hook_runs set position = abs(hashtext(id) % 4)");
  const { rows } = await superuser.query<{ id: string }>(
    "select id from hook_runs order by created_at desc, position, id desc",
  );
  const made = rows.map(({ id }) => id);
  const params = { ...ours.place, environment: of.environmentId };
  const list = async (after: string | undefined) =>
    (await ask("listEnvironmentHookRuns", { params, query: { after, limit: 50 } })).value;
  let later = "";
  const { ids, pages } = await whole(list, async () => {
    // It comes ahead of all the others, and is none of those after the first page.
    later = await givenRun(179, "wait");
  });
  expect(pages).toBe(5);
  expect(ids).toEqual(made);

  const { value } = await ask("getEnvironment", { params });
  expect(value.hookRuns.map(({ id }) => id)).toEqual([later, ...made.slice(0, 19)]);
  expect(value).toMatchObject({ hookRunsNext: made[18], hookRunsTotal: made.length + 1 });
  const beyond = await ask("listEnvironmentHookRuns", { params, query: { after: made.at(-1) } });
  expect(beyond.value).toEqual({ items: [], next: null });
});

test("a place in a list that is none is refused in words", async () => {
  for (const after of ["1", `2026-02-30T00:00:00.000000Z,${newId("hookRun")}`]) {
    expect((await operate("listHookRuns", { query: { after } })).status).toBe(422);
    expect((await operate("listHealth", { query: { after } })).status).toBe(422);
    const params = { ...ours.place, environment: of.environmentId };
    expect((await ask("listEnvironmentHookRuns", { params, query: { after } })).status).toBe(422);
  }
});

/** A node that an operation is under way on. */
async function givenWork(n: number): Promise<string> {
  const [nodeId, id] = [newId("node"), newId("operation")];
  await superuser.query(
    `insert into nodes (id, name, rack_id, node_type_id, lifecycle, health, controller_state,
       controller_address, controller_fingerprint, controller_certificate)
     select $1, 'busy-' || $2, rack_id, node_type_id, 'available', 'ok', 'reachable', $3, $1, 'c'
     from nodes limit 1`,
    [nodeId, String(n), `10.77.0.${n}`],
  );
  await superuser.query(
    "insert into operations (id, kind, node_id) values ($1, 'node.verify', $2)",
    [...[id, nodeId]],
  );
  return id;
}

test("operations are told page by page, each once: what is under way oldest first, what has ended newest first", async () => {
  const made: string[] = [];
  for (let n = 1; n <= 110; n++) made.push(await givenWork(n));
  // Those of one millisecond are in no order but that of their ids.
  made.sort();
  const read = async (tab: "live" | "ended") =>
    (
      await whole(
        async (after) => (await operate("listFleetOperations", { query: { tab, after } })).value,
        async () => {},
      )
    ).ids.filter((id) => made.includes(id));
  expect(await read("live")).toEqual(made);
  await superuser.query("update operations set state = 'succeeded' where id = any($1)", [made]);
  expect(await read("ended")).toEqual(made.toReversed());
});
