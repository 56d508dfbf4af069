import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isLive } from "#db/queries/holds";
import { holds } from "#db/schema/holds";
import { nodes } from "#db/schema/nodes";
import { projects, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";

/** For whom a node is on hold, and until when. */
export type NodeHold = {
  id: Id<"hold">;
  tenant: string;
  project: string;
  heldBy: string;
  since: string;
  until: string;
};

type FleetHold = NodeHold & { nodes: { id: Id<"node">; name: string }[] };

const holdFields = {
  id: holds.id,
  tenant: tenants.name,
  project: projects.name,
  heldBy: holds.heldByName,
  startedAt: holds.startedAt,
  until: holds.until,
};

/**
 * Every hold that goes on, with the nodes that it still has, which may be none: an operator can take one
 * for other work. The one that ends soonest first.
 */
export function fleetHolds(db: Database, grant: Grant<"fleet.read">): Promise<FleetHold[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({ ...holdFields, nodeId: nodes.id, nodeName: nodes.name })
      .from(holds)
      .innerJoin(tenants, eq(tenants.id, holds.tenantId))
      .innerJoin(projects, eq(projects.id, holds.projectId))
      .leftJoin(nodes, and(eq(nodes.holdId, holds.id), eq(nodes.lifecycle, "available")))
      .where(isLive())
      .orderBy(asc(holds.until), asc(holds.id), asc(nodes.name));
    const found = new Map<Id<"hold">, FleetHold>();
    for (const { nodeId, nodeName, ...row } of rows) {
      const hold = found.get(row.id) ?? { ...shown(row), nodes: [] };
      if (nodeId !== null && nodeName !== null) hold.nodes.push({ id: nodeId, name: nodeName });
      found.set(row.id, hold);
    }
    return [...found.values()];
  });
}

/** For whom nodes that are available are on hold now, by node. */
export async function holdsByNode(
  tx: Transaction,
  only: Id<"node"> | null = null,
): Promise<Map<Id<"node">, NodeHold>> {
  const rows = await tx
    .select({ ...holdFields, nodeId: nodes.id })
    .from(nodes)
    .innerJoin(holds, eq(holds.id, nodes.holdId))
    .innerJoin(tenants, eq(tenants.id, holds.tenantId))
    .innerJoin(projects, eq(projects.id, holds.projectId))
    .where(
      and(
        eq(nodes.lifecycle, "available"),
        gt(nodes.holdUntil, sql`now()`),
        only === null ? undefined : eq(nodes.id, only),
      ),
    );
  return new Map(rows.map(({ nodeId, ...row }) => [nodeId, shown(row)]));
}

type Row = { id: Id<"hold">; tenant: string; project: string; heldBy: string } & Record<
  "startedAt" | "until",
  Date
>;

function shown({ startedAt, until, ...row }: Row): NodeHold {
  return { ...row, since: startedAt.toISOString(), until: until.toISOString() };
}
