import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { operationLogs, operationSteps, operations } from "#db/schema/operations";
import { type ActorId, type Id, newId } from "#lib/domain/id";
import type { NodeOperation, OperationInput, OperationKind } from "#lib/domain/operation/operation";
import { liveOperationStates } from "#lib/domain/operation/operation";

export type OperationRow = typeof operations.$inferSelect;

type Reader = Database | Transaction;

/** The channel that wakes workers. A hint only: a worker also looks by itself. */
export const workChannel = "ingot_work";
/**
 * The channel that tells pages that something changed: `environment:ID`, `node:ID`, `operation:ID`, `image:ID` that
 * its files were checked; `hooks:ID` that a script wrote something in that environment, which may be often.
 */
export const changedChannel = "ingot_changed";

/** Wakes the workers when this transaction commits. */
export async function wakeWorkers(tx: Reader): Promise<void> {
  await tx.execute(sql`select pg_notify(${workChannel}, '')`);
}

type Announced =
  `${"environment" | "hooks" | "node" | "operation" | "provider" | "dry_run" | "approvals" | "image"}:${string}`;

/** Tells open pages, when this transaction commits, that things changed. */
export async function announce(tx: Reader, ...changed: Announced[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.execute(
    sql`select pg_notify(${changedChannel}, changed) from unnest(${sql.param(changed)}::text[]) as changed`,
  );
}

/** As `announce`, and wakes the workers. */
export async function announceWork(tx: Reader, ...changed: Announced[]): Promise<void> {
  await tx.execute(
    sql`select pg_notify(${workChannel}, '') union all
      select pg_notify(${changedChannel}, changed) from unnest(${sql.param(changed)}::text[]) as changed`,
  );
}

/** Tells them that an operation changed, and what it is on. */
export async function announceOperation(
  tx: Reader,
  operation: Pick<OperationRow, "id" | "nodeId" | "environmentId">,
): Promise<void> {
  const { id, nodeId, environmentId } = operation;
  const changed: Announced[] = [`operation:${id}`];
  if (nodeId) changed.push(`node:${nodeId}`);
  if (environmentId) changed.push(`environment:${environmentId}`);
  await announce(tx, ...changed);
}

/**
 * Has operations look again at what they wait for, when this transaction commits. One that is just
 * looking looks once more: it may have looked too early.
 */
export async function wakeOperations(tx: Transaction, which: SQL): Promise<void> {
  await tx
    .update(operations)
    .set({ runAfter: sql`now()` })
    .where(
      inArray(
        operations.id,
        heldInOrder(tx, and(which, inArray(operations.state, ["waiting", "running", "stuck"]))),
      ),
    );
  await wakeWorkers(tx);
}

/** Operations, held in the one order in which everyone holds several: no two wait in a circle. */
export function heldInOrder(tx: Transaction, which: SQL | undefined) {
  return tx
    .select({ id: operations.id })
    .from(operations)
    .where(which)
    .orderBy(asc(operations.id))
    .for("no key update");
}

export type NewOperation = {
  kind: OperationKind;
  tenantId?: Id<"tenant"> | null;
  projectId?: Id<"project"> | null;
  parentId?: Id<"operation"> | null;
  environmentId?: Id<"environment"> | null;
  nodeId?: Id<"node"> | null;
  allocationId?: Id<"allocation"> | null;
  requestedBy?: ActorId | null;
  input?: OperationInput;
  requestedByName?: string | null;
  requestKey?: string | null;
  runAfter?: Date;
};

/**
 * Inserts an operation and gives its id. One on a node is `ready` for a worker; one on an
 * environment is `running` from the start, since its children carry it out.
 */
export async function insertOperation(
  tx: Transaction,
  input: NewOperation,
): Promise<Id<"operation">> {
  const id = newId("operation");
  await insertOperations(tx, [{ id, ...input }]);
  return id;
}

/** Inserts several at once, a parent among them before or after its children. */
export async function insertOperations(
  tx: Transaction,
  inputs: readonly (NewOperation & { id: Id<"operation"> })[],
): Promise<void> {
  await tx.insert(operations).values(
    inputs.map((input) => ({
      ...input,
      state: input.nodeId ? ("ready" as const) : ("running" as const),
      startedAt: input.nodeId ? null : sql`now()`,
    })),
  );
}

/**
 * Takes up to `limit` operations that are due, for `leaseMs`: those that have
 * been due longest. What a tenant waits for has a head start before our own work, and what has been
 * begun before what has not, so that a thousand enrolments hold up no launch and the first of them is
 * through before the last is begun; and since it is no more than a start, nothing waits for ever. Rows another worker holds are
 * passed over; a row whose lease has run out is taken over, and its fence is raised, so that the
 * earlier holder can commit nothing any more. Times are the database's.
 */
export async function claimOperations(
  db: Database,
  input: { owner: string; leaseMs: number; limit: number; kinds: readonly NodeOperation[] },
): Promise<OperationRow[]> {
  if (input.limit <= 0) return [];
  const due = db
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        sql`${operations.nodeId} is not null`,
        inArray(operations.state, [...liveOperationStates]),
        inArray(operations.kind, [...input.kinds]),
        sql`${operations.runAfter} <= now()`,
        sql`(${operations.leaseUntil} is null or ${operations.leaseUntil} < now())`,
      ),
    )
    .orderBy(
      sql`${operations.runAfter}
        - case when ${operations.environmentId} is null then interval '0' else interval '10 minutes' end
        - case when ${operations.step} is null then interval '0' else interval '2 minutes' end`,
    )
    .limit(input.limit)
    .for("no key update", { skipLocked: true });
  return (
    db
      .update(operations)
      .set({
        state: "running",
        leaseOwner: input.owner,
        leaseUntil: sql`now() + ${`${input.leaseMs} milliseconds`}::interval`,
        fence: sql`${operations.fence} + 1`,
        startedAt: sql`coalesce(${operations.startedAt}, now())`,
      })
      // An array and not a join: the rows are picked once, whatever the planner thinks best.
      .where(sql`${operations.id} = any(array(${due}))`)
      .returning()
  );
}

/** Prolongs a lease; false when it was lost. */
export async function renewLease(
  db: Database,
  operation: { id: Id<"operation">; fence: number },
  leaseMs: number,
): Promise<boolean> {
  const rows = await db
    .update(operations)
    .set({ leaseUntil: sql`now() + ${`${leaseMs} milliseconds`}::interval` })
    .where(held(operation))
    .returning({ id: operations.id });
  return rows.length === 1;
}

/** How long ago the current step began, or the first try at it, by the database's clock, in milliseconds. */
export async function stepAgeMs(db: Reader, id: Id<"operation">): Promise<number> {
  const [row] = await db
    .select({
      ms: sql<number>`extract(epoch from now() - coalesce(${operations.stepSince}, ${operations.startedAt}))::float8 * 1000`,
    })
    .from(operations)
    .where(eq(operations.id, id));
  return row?.ms ?? 0;
}

/**
 * Changes the operation if this holder still has it. Throws `Fenced` otherwise, which rolls the
 * transaction back: nothing of a lost holder's step is kept.
 */
export async function commitHeld(
  tx: Transaction,
  operation: { id: Id<"operation">; fence: number },
  change: Partial<typeof operations.$inferInsert> | Record<string, unknown>,
): Promise<OperationRow> {
  const [row] = await tx.update(operations).set(change).where(held(operation)).returning();
  if (!row) throw new Fenced();
  return row;
}

/** The holder lost its lease: another worker goes on with the operation. */
export class Fenced extends Error {
  override readonly name = "Fenced";
  constructor() {
    super("the operation is held by another worker now");
  }
}

function held(operation: { id: Id<"operation">; fence: number }) {
  return and(
    eq(operations.id, operation.id),
    eq(operations.fence, operation.fence),
    eq(operations.state, "running"),
  );
}

/** Journals that a step has begun, or begins again. */
export async function journalStep(
  tx: Transaction,
  operation: OperationRow,
  step: { name: string; position: number },
): Promise<void> {
  await tx
    .insert(operationSteps)
    .values({
      operationId: operation.id,
      tenantId: operation.tenantId,
      name: step.name,
      position: step.position,
      state: "running",
    })
    .onConflictDoUpdate({
      target: [operationSteps.operationId, operationSteps.name],
      set: { state: "running", attempts: sql`${operationSteps.attempts} + 1` },
    });
}

/** Journals what a step came to. */
export async function markStep(
  tx: Transaction,
  operation: OperationRow,
  name: string,
  change: Partial<Pick<typeof operationSteps.$inferInsert, "state" | "detail" | "output">> & {
    ended?: boolean;
  },
): Promise<void> {
  const { ended, ...set } = change;
  await tx
    .update(operationSteps)
    .set({ ...set, ...(ended ? { finishedAt: sql`now()` } : {}) })
    .where(and(eq(operationSteps.operationId, operation.id), eq(operationSteps.name, name)));
}

/** Journals that a step that was done is taken back. */
export async function markUndone(
  tx: Transaction,
  operation: OperationRow,
  name: string,
): Promise<void> {
  await tx
    .update(operationSteps)
    .set({ state: "undone" })
    .where(
      and(
        eq(operationSteps.operationId, operation.id),
        eq(operationSteps.name, name),
        eq(operationSteps.state, "done"),
      ),
    );
}

/** The steps of an operation as journaled, in order. */
export async function listSteps(db: Reader, id: Id<"operation">) {
  return db
    .select()
    .from(operationSteps)
    .where(eq(operationSteps.operationId, id))
    .orderBy(asc(operationSteps.position));
}

/** Adds a line to the log of an operation; the environment's page shows it too. */
export async function logLine(
  tx: Reader,
  operation: Pick<OperationRow, "id" | "tenantId" | "environmentId" | "nodeId" | "step">,
  line: {
    message: string;
    level?: "info" | "warning" | "error";
    source?: "worker" | "boot" | "node";
  },
): Promise<void> {
  await tx.insert(operationLogs).values({
    operationId: operation.id,
    tenantId: operation.tenantId,
    environmentId: operation.environmentId,
    nodeId: operation.nodeId,
    step: operation.step,
    source: line.source ?? "worker",
    level: line.level ?? "info",
    message: line.message.slice(0, 4_000),
  });
}
