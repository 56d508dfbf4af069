import { and, asc, desc, eq, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { traceOperation } from "#db/queries/operation-span";
import { announce, logLine, type OperationRow } from "#db/queries/operations";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { settleAction } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";

/**
 * The action that is under way on an environment, whose row the caller holds; one that has ended is, too,
 * while a hook of it is run again alone.
 */
export async function findActing(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<OperationRow | undefined> {
  const [row] = await tx
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.environmentId, environmentId),
        eq(operations.kind, "environment.act"),
        or(
          eq(operations.state, "running"),
          sql`exists (select from hook_runs again where again.operation_id = ${operations.id}
            and again.round > 0 and again.state in ('ready', 'running', 'waiting'))`,
        ),
      ),
    )
    .orderBy(desc(operations.createdAt))
    .limit(1);
  return row;
}

/** What stands on the button of an action that was pressed. */
export function labelOf({ input }: Pick<OperationRow, "input">): string {
  return input?.action?.label ?? "An action";
}

/**
 * Ends an action when the last of its hooks has ended, in that one's transaction. Does nothing for any
 * other operation, nor for an action that was aborted or superseded meanwhile.
 */
export async function settleActing(tx: Transaction, id: Id<"operation">): Promise<void> {
  const [acting] = await tx
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.id, id),
        eq(operations.kind, "environment.act"),
        eq(operations.state, "running"),
      ),
    )
    .for("no key update");
  if (!acting) return;
  const runs = await tx
    .select({
      name: hookRuns.name,
      state: hookRuns.state,
      words: hookRuns.words,
      definition: hookRuns.definition,
    })
    .from(hookRuns)
    .where(and(eq(hookRuns.operationId, id), eq(hookRuns.round, 0)))
    .orderBy(asc(hookRuns.position));
  const end = settleAction(
    runs.map(({ definition, ...run }) => ({ ...run, onFailure: definition.onFailure })),
  );
  if (end) await endActing(tx, acting, end);
}

/** Ends an action that is under way. What of its hooks still runs is ended by the worker. */
export async function endActing(
  tx: Transaction,
  acting: OperationRow,
  end: { state: "succeeded" | "failed" | "aborted"; reason: string | null },
): Promise<void> {
  const { id, environmentId } = acting;
  const ended = await tx
    .update(operations)
    .set({ ...end, waitReason: null, finishedAt: sql`now()` })
    .where(and(eq(operations.id, id), eq(operations.state, "running")))
    .returning({ id: operations.id });
  // The last of its hooks was quicker.
  if (ended.length === 0) return;
  await logLine(tx, acting, {
    message: `"${labelOf(acting)}" ${end.state === "succeeded" ? "is done" : `has ${end.state === "failed" ? "failed" : "been aborted"}`}`,
    level: end.state === "failed" ? "error" : "info",
  });
  await announce(tx, `operation:${id}`, `environment:${environmentId}`);
  traceOperation(acting, end.state);
}
