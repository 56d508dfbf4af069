import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { announceOperation, logLine, wakeWorkers } from "#db/queries/operations";
import { dryRuns } from "#db/schema/dry-runs";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { liveOperationStates } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TakeBackNodeInput } from "#lib/schemas/dry-run";

/**
 * Asks the worker to take a node back from a dry run, whatever is done to it: a script is broken off, the
 * node is wiped and validated. To ask twice is to ask once. Refused when it is not lent any more.
 */
export async function takeBackNode(
  db: Database,
  grant: Grant<"node.operate">,
  input: TakeBackNodeInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [run] = await tx.select().from(dryRuns).where(eq(dryRuns.id, input.dryRunId));
    if (!run?.operationId) return refuse({ kind: "not_found", resource: "dry run" });
    const [operation] = await tx
      .select()
      .from(operations)
      .where(
        and(
          eq(operations.id, run.operationId),
          inArray(operations.state, [...liveOperationStates]),
        ),
      )
      .for("no key update");
    if (!operation?.nodeId) {
      return refuse({
        kind: "not_now",
        reason: "No node is lent to this dry run any more.",
        advice: "Reload the page to see what became of it.",
      });
    }
    if (operation.abortRequested) return ok(undefined);
    await tx
      .update(operations)
      .set({ abortRequested: true, runAfter: sql`now()` })
      .where(eq(operations.id, operation.id));
    await logLine(tx, operation, { message: `${grant.actorName} asked for the node back.` });
    const [node] = await tx
      .select({ name: nodes.name })
      .from(nodes)
      .where(eq(nodes.id, operation.nodeId));
    await recordAudit(tx, grant, {
      action: "node.take_back",
      object: { kind: "node", id: operation.nodeId, name: node?.name ?? "" },
      detail: { step: operation.step },
    });
    await announceOperation(tx, operation);
    await wakeWorkers(tx);
    return ok(undefined);
  });
}
