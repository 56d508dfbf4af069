import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { notify } from "#db/queries/notifications";
import type { OperationRow } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";

/** Tells operators that an operation waits for a person: once for each step that it is stuck at. */
export async function notifyOfStuck(tx: Transaction, operation: OperationRow): Promise<void> {
  const { id: operationId, nodeId, tenantId, projectId, step, phase, waitReason } = operation;
  if (!nodeId) return;
  const [node] = await tx.select({ name: nodes.name }).from(nodes).where(eq(nodes.id, nodeId));
  await notify(tx, {
    kind: "operation.stuck",
    audience: "operators",
    data: { operationId, nodeId, node: node?.name ?? nodeId, reason: waitReason ?? "" },
    tenantId,
    projectId,
    dedupeKey: `operation.stuck:${operationId}:${phase}:${step ?? ""}`,
  });
}
