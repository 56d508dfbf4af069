import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { listHooksAt, startRuns } from "#db/queries/hook-runs";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { traceOperation } from "#db/queries/operation-span";
import { announce, logLine, type OperationRow, wakeWorkers } from "#db/queries/operations";
import { giveBackPoolItems } from "#db/queries/pool-draws";
import { environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import {
  type EnvironmentReport,
  type EnvironmentState,
  nextState,
} from "#lib/domain/environment/state";
import { endPoints, type HookPoint } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { type EnvironmentOperation, settle } from "#lib/domain/operation/operation";

/**
 * Moves an environment by what the worker reports. Does nothing when the event has no meaning in
 * the state it is in, as when a release came in between.
 */
export async function reportEnvironment(
  tx: Transaction,
  id: Id<"environment">,
  event: EnvironmentReport,
  reason: string | null = null,
): Promise<EnvironmentState | undefined> {
  const [row] = await tx
    .select({ state: environments.state })
    .from(environments)
    .where(eq(environments.id, id))
    .for("no key update");
  const next = row && nextState(row.state, event);
  if (!next) return undefined;
  await tx
    .update(environments)
    .set({
      state: next,
      stateSince: sql`now()`,
      stateReason: reason,
      generation: sql`${environments.generation} + 1`,
      ...(next === "released" ? { releasedAt: sql`now()` } : {}),
    })
    .where(eq(environments.id, id));
  if (next === "released") await giveBackPoolItems(tx, id);
  if (next === "ready" || next === "failed" || next === "released") {
    await notifyOfEnvironment(tx, id, (place) => [
      { kind: `environment.${next}`, audience: "project", data: { ...place, reason } },
    ]);
  }
  await announce(tx, `environment:${id}`);
  return next;
}

/**
 * Ends an environment's operation when the last of its nodes' operations has ended, in that one's
 * transaction. The parent row's lock makes exactly one child the last.
 */
export async function settleParent(tx: Transaction, child: OperationRow): Promise<void> {
  if (!child.parentId || !child.environmentId) return;
  const [parent] = await tx
    .select()
    .from(operations)
    .where(and(eq(operations.id, child.parentId), eq(operations.state, "running")))
    .for("no key update");
  if (!parent) return;
  const children = await tx
    .select({ state: operations.state, reason: operations.reason })
    .from(operations)
    .where(eq(operations.parentId, parent.id));
  const end = settle(children);
  if (end) await endWhole(tx, parent, end);
}

/**
 * Ends an environment's operation, whose row the caller holds: its environment is told, and what its
 * template does at that end is begun.
 */
export async function endWhole(
  tx: Transaction,
  parent: OperationRow,
  end: NonNullable<ReturnType<typeof settle>>,
): Promise<void> {
  const { environmentId } = parent;
  if (!environmentId) throw new Error(`operation ${parent.id} is of no environment`);
  await tx
    .update(operations)
    .set({ state: end.state, reason: end.reason, finishedAt: sql`now()`, waitReason: null })
    .where(eq(operations.id, parent.id));
  const moved = await reportEnvironment(
    tx,
    environmentId,
    end.state === "succeeded" ? "succeeded" : "failed",
    end.state === "aborted" && end.reason === "aborted"
      ? "It was aborted; what had been done was taken back."
      : end.reason,
  );
  const points = endPoints(parent.kind as EnvironmentOperation, end.state);
  await startEndHooks(tx, { environmentId, id: parent.id }, points);
  await logLine(tx, parent, {
    message: moved ? inWords(moved) : `The operation has ${end.state}`,
    level: end.state === "succeeded" ? "info" : "error",
  });
  await announce(tx, `operation:${parent.id}`);
  traceOperation(parent, end.state);
}

/** Starts what a template does when an environment's operation has ended, at these points in order. */
export async function startEndHooks(
  tx: Transaction,
  operation: { id: Id<"operation">; environmentId: Id<"environment"> },
  points: readonly HookPoint[],
): Promise<void> {
  const { environmentId, id: operationId } = operation;
  const hooks = await listHooksAt(tx, environmentId, points);
  await startRuns(tx, { environmentId, operationId, hooks, isGate: false });
  if (hooks.length > 0) await wakeWorkers(tx);
}

function inWords(state: EnvironmentState): string {
  return state === "failed" ? "The environment failed" : `The environment is ${state}`;
}
