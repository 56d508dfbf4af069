import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { versionOffered } from "#db/queries/profile-terms";
import {
  profiles,
  profileVersions,
  templateGroups,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import { dryRuns } from "#db/schema/dry-runs";
import { images } from "#db/schema/images";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import type { Id } from "#lib/domain/id";
import type { LendableNode } from "#lib/domain/node/lend";
import { liveOperationStates } from "#lib/domain/operation/operation";

export type Lendable = LendableNode & { id: Id<"node"> };

export type RehearsedGroup = {
  name: string;
  nodeType: string;
  image: Pick<typeof images.$inferSelect, "id" | "name" | "version" | "state">;
};

/** What the groups of a version take and boot, in their order. */
export async function listRehearsedGroups(
  tx: Transaction,
  id: Id<"templateVersion">,
): Promise<RehearsedGroup[]> {
  return tx
    .select({
      name: templateGroups.name,
      nodeType: nodeTypes.name,
      image: { id: images.id, name: images.name, version: images.version, state: images.state },
    })
    .from(templateGroups)
    .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .innerJoin(profileVersions, versionOffered)
    .innerJoin(nodeTypes, eq(nodeTypes.id, profiles.nodeTypeId))
    .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
    .where(eq(templateGroups.templateVersionId, id))
    .orderBy(asc(templateGroups.position));
}

/** Nodes with all that is asked of them before one is lent, by name. */
export async function listLendable(tx: Transaction, which: SQL | undefined): Promise<Lendable[]> {
  const rows = await tx
    .select({
      node: nodes,
      nodeType: nodeTypes.name,
      isOnHold: sql<boolean>`coalesce(${nodes.holdUntil} > clock_timestamp(), false)`,
    })
    .from(nodes)
    .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
    .where(which)
    .orderBy(asc(nodes.name));
  const busy = await tx
    .select({ nodeId: operations.nodeId, lentTo: templates.name })
    .from(operations)
    .leftJoin(dryRuns, eq(dryRuns.operationId, operations.id))
    .leftJoin(templateVersions, eq(templateVersions.id, dryRuns.templateVersionId))
    .leftJoin(templates, eq(templates.id, templateVersions.templateId))
    .where(
      and(
        inArray(operations.state, [...liveOperationStates]),
        inArray(
          operations.nodeId,
          rows.map(({ node }) => node.id),
        ),
      ),
    );
  return rows.map(({ node, nodeType, isOnHold }) => {
    const own = busy.find(({ nodeId }) => nodeId === node.id);
    return { ...node, nodeType, isOnHold, isBusy: own !== undefined, lentTo: own?.lentTo ?? null };
  });
}
