import { asc, eq, ne, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles } from "#db/schema/catalogue";
import { nodes, nodeTypes } from "#db/schema/nodes";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";

export type NodeTypeView = {
  id: Id<"nodeType">;
  name: string;
  spec: NodeTypeSpec;
  nodes: number;
  /** Nodes on which something differs from this type. */
  differing: number;
  profiles: string[];
};

/** Every node type, with how many nodes are of it and which profiles offer it. */
export async function nodeTypesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<NodeTypeView[]> {
  return withGrant(db, grant, async (tx) => {
    const types = await tx
      .select({
        id: nodeTypes.id,
        name: nodeTypes.name,
        spec: nodeTypes.spec,
        nodes: sql<number>`count(${nodes.id})::int`,
        differing: sql<number>`count(${nodes.id}) filter (where jsonb_array_length(${nodes.differences}) > 0)::int`,
      })
      .from(nodeTypes)
      .leftJoin(
        nodes,
        sql`${eq(nodes.nodeTypeId, nodeTypes.id)} and ${ne(nodes.lifecycle, "retired")}`,
      )
      .groupBy(nodeTypes.id)
      .orderBy(asc(nodeTypes.name));
    const offered = await tx
      .select({ nodeTypeId: profiles.nodeTypeId, name: profiles.name })
      .from(profiles)
      .orderBy(asc(profiles.name));
    return types.map((type) => ({
      ...type,
      profiles: offered.filter((row) => row.nodeTypeId === type.id).map((row) => row.name),
    }));
  });
}

/** One node type, or null when there is none of that id. */
export async function nodeTypeDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<Pick<NodeTypeView, "id" | "name" | "spec"> | null> {
  if (!isId("nodeType", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select({ id: nodeTypes.id, name: nodeTypes.name, spec: nodeTypes.spec })
      .from(nodeTypes)
      .where(eq(nodeTypes.id, id));
    return row ?? null;
  });
}
