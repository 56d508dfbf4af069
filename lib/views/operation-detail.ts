import { and, asc, eq, isNull } from "drizzle-orm";
import type { Database } from "#db/client";
import { allocations } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import type { OperationLine } from "#lib/schemas/operation-view";
import { operationLines } from "#lib/views/step-timeline";

export type OperationDetail = OperationLine & {
  environmentId: Id<"environment">;
  /** The part of each node, step by step. */
  nodes: (OperationLine & { hostname: string })[];
};

/** One operation of a project's environment, node by node. Null when the project has no such one. */
export async function operationDetail(
  db: Database,
  grant: Grant<"environment.read">,
  id: string,
): Promise<OperationDetail | null> {
  if (!isId("operation", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [whole] = await tx
      .select()
      .from(operations)
      .where(
        and(
          eq(operations.id, id),
          eq(operations.tenantId, grant.tenantId),
          eq(operations.projectId, grant.projectId),
          isNull(operations.nodeId),
        ),
      );
    if (!whole?.environmentId) return null;
    const parts = await tx
      .select({ operation: operations, hostname: allocations.hostname })
      .from(operations)
      .innerJoin(allocations, eq(allocations.id, operations.allocationId))
      .where(and(eq(operations.parentId, id), eq(operations.tenantId, grant.tenantId)))
      .orderBy(asc(allocations.hostname));
    const [line, ...nodes] = await operationLines(tx, [
      whole,
      ...parts.map((part) => part.operation),
    ]);
    if (!line) throw new Error("an operation without its line");
    return {
      ...line,
      environmentId: whole.environmentId,
      nodes: nodes.map((node, at) => ({ ...node, hostname: parts[at]?.hostname ?? "" })),
    };
  });
}
