import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isNodeHeld } from "#db/queries/held-nodes";
import { findNode } from "#db/queries/nodes";
import { announce, type OperationRow } from "#db/queries/operations";
import { settleParent } from "#db/queries/settlement";
import { environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { whyNotSetAside } from "#lib/domain/node/order";
import { liveOperationStates } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetAsideNodeInput } from "#lib/schemas/node";

/**
 * Takes a node aside, or out of the fleet for good. Work that was under way on it ends, and an
 * environment that only waited for it is released: this is how an operator resolves a release that
 * cannot be carried out.
 */
export async function setAsideNode(
  db: Database,
  grant: Grant<"node.operate">,
  input: SetAsideNodeInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    await lockEnvironmentOf(tx, input.nodeId);
    const node = await findNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    const reason = whyNotSetAside(input.to, node.lifecycle, await isNodeHeld(tx, node.id));
    if (reason) return refuse({ kind: "not_now", reason, advice: "" });
    const live = await tx
      .update(operations)
      .set({
        state: "superseded",
        fence: sql`${operations.fence} + 1`,
        reason: `The node was ${input.to} by ${grant.actorName}: ${input.reason}`,
        waitReason: null,
        finishedAt: sql`now()`,
      })
      .where(
        and(
          eq(operations.nodeId, input.nodeId),
          inArray(operations.state, [...liveOperationStates]),
        ),
      )
      .returning();
    // What was read holds only if nobody moved the node meanwhile.
    const moved = await tx
      .update(nodes)
      .set({
        lifecycle: input.to,
        lifecycleSince: sql`now()`,
        lifecycleReason: input.reason,
        generation: sql`${nodes.generation} + 1`,
      })
      .where(and(eq(nodes.id, node.id), eq(nodes.generation, node.generation)))
      .returning({ id: nodes.id });
    if (moved.length === 0) throw new Error("the node was moved by someone else meanwhile");
    for (const operation of live) await settleParent(tx, operation as OperationRow);
    await recordAudit(tx, grant, {
      action: input.to === "retired" ? "node.retire" : "node.quarantine",
      object: { kind: "node", id: node.id, name: node.name },
      detail: { before: node.lifecycle, reason: input.reason },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}

/** Everyone locks an environment before its operations; so does this. */
async function lockEnvironmentOf(tx: Transaction, nodeId: Id<"node">): Promise<void> {
  const [live] = await tx
    .select({ environmentId: operations.environmentId })
    .from(operations)
    .where(and(eq(operations.nodeId, nodeId), inArray(operations.state, [...liveOperationStates])));
  if (!live?.environmentId) return;
  await tx
    .select({ id: environments.id })
    .from(environments)
    .where(eq(environments.id, live.environmentId))
    .for("no key update");
}
