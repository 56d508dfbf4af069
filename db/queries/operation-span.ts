import type { OperationRow } from "#db/queries/operations";
import { addSpan } from "#lib/config/trace";
import type { OperationState } from "#lib/domain/operation/operation";

/** Has an operation that has ended be a span, from its order to now. Its ids are the only names in it. */
export function traceOperation(operation: OperationRow, state: OperationState): void {
  const { id, parentId, kind, nodeId, environmentId, createdAt } = operation;
  addSpan(() => ({
    name: kind,
    kind: "internal",
    startMs: createdAt.getTime(),
    endMs: Date.now(),
    attributes: {
      "ingot.operation.id": id,
      "ingot.operation.kind": kind,
      "ingot.operation.state": state,
      ...(nodeId ? { "ingot.node.id": nodeId } : {}),
      ...(environmentId ? { "ingot.environment.id": environmentId } : {}),
    },
    ...(state === "failed" ? { error: "failed" } : {}),
    whole: { id, parentId },
  }));
}
