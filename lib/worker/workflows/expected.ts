import { eq } from "drizzle-orm";
import { nodeTypes } from "#db/schema/nodes";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import type { NodeContext } from "#lib/worker/context";

/** What the node's type expects of it. */
export async function expected(context: NodeContext): Promise<NodeTypeSpec> {
  const node = await context.node();
  const [type] = await context.db
    .select({ spec: nodeTypes.spec })
    .from(nodeTypes)
    .where(eq(nodeTypes.id, node.nodeTypeId));
  if (!type) throw new Error(`node type ${node.nodeTypeId} is gone`);
  return type.spec;
}
