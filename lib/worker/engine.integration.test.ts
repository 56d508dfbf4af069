import { and, eq, gt, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Connection, connect, type Database } from "#db/client";
import { insertOperation, wakeOperations } from "#db/queries/operations";
import { operationSteps, operations } from "#db/schema/operations";
import { givenDatabase } from "#e2e/fixtures/database";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { ControllerError } from "#lib/ports/controller";
import { createEngine, type EngineOptions } from "#lib/worker/engine";
import type { Step, Workflow } from "#lib/worker/workflow";

type Counter = { runs: string[]; undone: string[] };

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker", max: 20 });
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

/** A workflow of the enrolment's name whose steps only count. */
function counting(steps: Partial<Step<Counter>>[]): Workflow<Counter> {
  const names = ["connect", "inventory", "compare", "make_available"] as const;
  return {
    kind: "node.enrol",
    version: 1,
    steps: names.map((name, i) => ({
      name,
      run: async (context) => {
        context.runs.push(name);
        return { kind: "done" };
      },
      undo: async (context) => {
        context.undone.push(name);
        return { kind: "done" };
      },
      ...steps[i],
    })),
  };
}

function engineOf(
  workflow: Workflow<Counter>,
  counter: Counter,
  more: Partial<EngineOptions<Counter>> = {},
) {
  return createEngine<Counter>({
    db: worker.db,
    workflows: [workflow],
    context: async () => counter,
    limitMs: {
      controller: 60_000,
      power: 60_000,
      boot: 60_000,
      sanitize: 60_000,
      inspect: 60_000,
      person: 60_000,
    },
    leaseMs: 2_000,
    concurrency: 16,
    log: createLog("test", "silent"),
    ...more,
  });
}

async function givenOperation(): Promise<Id<"operation">> {
  const fleet = await givenFleet(app.db, { racks: [1] });
  const nodeId = fleet.racks[0]?.[0];
  if (!nodeId) throw new Error("no node");
  return asOperator(app.db, (tx) => insertOperation(tx, { kind: "node.enrol", nodeId }));
}

async function read(db: Database, id: Id<"operation">) {
  const [row] = await db.select().from(operations).where(eq(operations.id, id));
  if (!row) throw new Error("no operation");
  return row;
}

/** Polls the engine until the operation is in one of the states. */
async function until(
  engine: { poll: () => Promise<number> },
  id: Id<"operation">,
  states: string[],
) {
  return vi.waitFor(
    async () => {
      await engine.poll();
      const row = await read(worker.db, id);
      expect(states).toContain(row.state);
      return row;
    },
    { timeout: 60_000, interval: 20 },
  );
}

test("every step is done once, in order, and journaled", async () => {
  const id = await givenOperation();
  const counter: Counter = { runs: [], undone: [] };
  await until(engineOf(counting([]), counter), id, ["succeeded"]);
  expect(counter.runs).toEqual(["connect", "inventory", "compare", "make_available"]);
  const steps = await worker.db
    .select()
    .from(operationSteps)
    .where(eq(operationSteps.operationId, id));
  expect(steps.map((step) => step.state)).toEqual(["done", "done", "done", "done"]);
});

test("giving up takes back what was begun, last first, and says why", async () => {
  const id = await givenOperation();
  const counter: Counter = { runs: [], undone: [] };
  const workflow = counting([
    {},
    {},
    { run: async () => ({ kind: "give_up", reason: "It has seven GPUs." }) },
  ]);
  const row = await until(engineOf(workflow, counter), id, ["failed"]);
  expect(row.reason).toBe("It has seven GPUs.");
  expect(counter.undone).toEqual(["compare", "inventory", "connect"]);
});

test("a controller that is away is waited for; one that refuses ends the operation", async () => {
  const id = await givenOperation();
  const counter: Counter = { runs: [], undone: [] };
  let tries = 0;
  const workflow = counting([
    {
      run: async () => {
        tries++;
        if (tries < 3) {
          throw new ControllerError("unreachable", "no answer", {
            retryable: true,
            retryAfterMs: 5,
          });
        }
        return { kind: "done" };
      },
    },
    {
      run: async () => {
        throw new ControllerError("auth_failed", "it refused the sign-in", { retryable: false });
      },
    },
  ]);
  const row = await until(engineOf(workflow, counter), id, ["failed"]);
  expect(tries).toBe(3);
  expect(row.reason).toBe("it refused the sign-in");
});

test("a step that waits past its limit ends in words that name it", async () => {
  const id = await givenOperation();
  const counter: Counter = { runs: [], undone: [] };
  const workflow = counting([
    { run: async () => ({ kind: "wait", reason: "it is still off", retryAfterMs: 5 }) },
  ]);
  const limitMs = { controller: 50, power: 50, boot: 50, sanitize: 50, inspect: 50, person: 50 };
  const row = await until(engineOf(workflow, counter, { limitMs }), id, ["failed"]);
  expect(row.reason).toContain("Sign in to the controller: not done within");
  expect(row.reason).toContain("it is still off");
});

test("a step that fails of a fault of ours is tried on, and past its limit is stuck for all to see", async () => {
  const id = await givenOperation();
  let tries = 0;
  const workflow = counting([
    {
      run: async () => {
        tries++;
        throw new Error("a bug");
      },
    },
  ]);
  const limitMs = { controller: 50, power: 50, boot: 50, sanitize: 50, inspect: 50, person: 50 };
  const lines: string[] = [];
  const log = createLog("test", "info", (line) => lines.push(line));
  const engine = engineOf(workflow, { runs: [], undone: [] }, { limitMs, log });
  const due = () =>
    asOperator(app.db, (tx) =>
      tx.update(operations).set({ runAfter: sql`now()` }).where(eq(operations.id, id)),
    );
  // On a busy machine its first try alone may take longer than the limit.
  await until(engine, id, ["waiting", "stuck"]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await due();
  const row = await until(engine, id, ["stuck"]);
  expect(row.waitReason).toContain("an internal error");
  await due();
  await until(engine, id, ["stuck"]);
  await expect.poll(() => tries).toBeGreaterThan(2);
  // The page sends people to the log, which names the operation.
  expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
    ...{ operation: id, msg: "step failed unexpectedly" },
    error: { message: "a bug" },
  });
});

test("an abort takes back and ends as aborted", async () => {
  const id = await givenOperation();
  const counter: Counter = { runs: [], undone: [] };
  const workflow = counting([
    {},
    { run: async () => ({ kind: "wait", reason: "waiting", retryAfterMs: 60_000 }) },
  ]);
  const engine = engineOf(workflow, counter);
  await until(engine, id, ["waiting"]);
  await asOperator(app.db, (tx) =>
    tx
      .update(operations)
      .set({ abortRequested: true, runAfter: sql`now()` })
      .where(eq(operations.id, id)),
  );
  await until(engine, id, ["aborted"]);
  expect(counter.undone).toEqual(["inventory", "connect"]);
});

// Goes red when a wait puts the next look off whatever happened since the last one.
test("what comes about while a step looks is not missed by the wait that follows", async () => {
  const id = await givenOperation();
  let looks = 0;
  const workflow = counting([
    {
      run: async () => {
        looks++;
        if (looks > 1) return { kind: "done" };
        // It has looked and seen nothing; only then it happens.
        await asOperator(app.db, (tx) => wakeOperations(tx, eq(operations.id, id)));
        return { kind: "wait", reason: "not yet", retryAfterMs: 60_000 };
      },
    },
  ]);
  await until(engineOf(workflow, { runs: [], undone: [] }), id, ["succeeded"]);
  expect(looks).toBe(2);
});

// Guarantee: an operation is in one hand. Goes red when the claim locks no row.
test("ten workers that look at once claim every operation once", async () => {
  const ids = [];
  for (let i = 0; i < 20; i++) ids.push(await givenOperation());
  const counters = Array.from({ length: 10 }, (): Counter => ({ runs: [], undone: [] }));
  const engines = counters.map((counter) =>
    engineOf(counting([]), counter, { concurrency: 20, leaseMs: 60_000 }),
  );
  // All stand before the same closed door, and are let in at the same moment.
  const closed = Promise.withResolvers<void>();
  const opens = Promise.withResolvers<void>();
  const door = asOperator(app.db, async (tx) => {
    await tx.execute(sql`lock table operations in exclusive mode`);
    closed.resolve();
    await opens.promise;
  });
  await closed.promise;
  const polls = Promise.all(engines.map((engine) => engine.poll()));
  const waiting = sql`select 1 from pg_locks where not granted and relation = 'operations'::regclass`;
  await expect.poll(async () => (await app.db.execute(waiting)).rows.length).toBe(10);
  opens.resolve();
  await door;
  await polls;
  await Promise.all(engines.map((engine) => expect.poll(engine.held).toBe(0)));
  // Each claim raises the fence.
  const claimed = await worker.db
    .select({ fence: operations.fence })
    .from(operations)
    .where(inArray(operations.id, ids));
  expect(claimed.map(({ fence }) => fence)).toEqual(ids.map(() => 1));
  const again = await worker.db
    .select()
    .from(operationSteps)
    .where(and(inArray(operationSteps.operationId, ids), gt(operationSteps.attempts, 1)));
  expect(again).toEqual([]);
});

// Goes red when a commit does not name the fence it was claimed with.
test("a worker that lost its lease commits nothing, and another goes on", async () => {
  const id = await givenOperation();
  const slow: Counter = { runs: [], undone: [] };
  const quick: Counter = { runs: [], undone: [] };
  let wake: () => void = () => {};
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let commits = 0;
  const sleeper = engineOf(
    counting([
      {
        run: async (context) => {
          context.runs.push("connect");
          await asleep;
          return {
            kind: "done",
            commit: async () => {
              commits++;
            },
          };
        },
      },
    ]),
    slow,
    // Renewed only every third of this: it does not notice by itself in time.
    { leaseMs: 600_000 },
  );
  await sleeper.poll();
  await expect.poll(() => slow.runs.length).toBe(1);
  // As if the machine had stood still until its lease was over.
  await asOperator(app.db, (tx) =>
    tx
      .update(operations)
      .set({ leaseUntil: sql`now() - interval '1 second'` })
      .where(eq(operations.id, id)),
  );
  let goOn: () => void = () => {};
  const inHand = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const other = engineOf(
    counting([
      {
        run: async (context) => {
          context.runs.push("connect");
          await inHand;
          return { kind: "done" };
        },
      },
    ]),
    quick,
    { leaseMs: 600_000 },
  );
  await other.poll();
  await expect.poll(() => quick.runs.length).toBe(1);
  wake();
  await expect.poll(sleeper.held).toBe(0);
  expect(commits).toBe(0);
  goOn();
  await until(other, id, ["succeeded"]);
  expect(quick.runs).toEqual(["connect", "inventory", "compare", "make_available"]);
});
