import { and, eq, inArray, ne, or } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { EnrolmentFacts, ListedNode } from "#lib/domain/node/enrolment-plan";

/** What the fleet has of the names and the controllers of a list, and the places nodes can go. */
export async function findEnrolmentFacts(
  tx: Transaction,
  listed: readonly Pick<ListedNode, "name" | "controllerAddress">[],
): Promise<EnrolmentFacts> {
  return {
    racks: await tx
      .select({ id: racks.id, name: racks.name, site: sites.name, units: racks.units })
      .from(racks)
      .innerJoin(sites, eq(sites.id, racks.siteId)),
    nodeTypes: await tx.select({ id: nodeTypes.id, name: nodeTypes.name }).from(nodeTypes),
    nodes:
      listed.length === 0
        ? []
        : await tx
            .select({
              id: nodes.id,
              name: nodes.name,
              controllerAddress: nodes.controllerAddress,
            })
            .from(nodes)
            .where(
              and(
                ne(nodes.lifecycle, "retired"),
                or(
                  inArray(
                    nodes.name,
                    listed.map((node) => node.name),
                  ),
                  inArray(
                    nodes.controllerAddress,
                    listed.map((node) => node.controllerAddress),
                  ),
                ),
              ),
            ),
  };
}
