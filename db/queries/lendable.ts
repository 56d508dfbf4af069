import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profileFacts, versionOffered } from "#db/queries/profile-terms";
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
import type { ProfileFacts } from "#lib/domain/profile/facts";

export type Lendable = LendableNode & { id: Id<"node"> };

export type RehearsedGroup = {
  name: string;
  nodeType: string;
  profile: ProfileFacts;
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
      profile: profileFacts,
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
      id: nodes.id,
      name: nodes.name,
      lifecycle: nodes.lifecycle,
      maintenance: nodes.maintenance,
      cordoned: nodes.cordoned,
      health: nodes.health,
      controllerState: nodes.controllerState,
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
          rows.map((row) => row.id),
        ),
      ),
    );
  return rows.map((row) => {
    const own = busy.find(({ nodeId }) => nodeId === row.id);
    return { ...row, isBusy: own !== undefined, lentTo: own?.lentTo ?? null };
  });
}

/** The version whose dry run has a node, and who lent it. */
export type LentTo = {
  template: { id: Id<"template">; name: string };
  version: { id: Id<"templateVersion">; number: number };
  /** The past run of a hook that it replays; null where it replays none. */
  replayOf: Id<"hookRun"> | null;
  lentBy: string;
};

/** What a node is lent to now; null when to nothing. */
export async function findLentTo(tx: Transaction, nodeId: Id<"node">): Promise<LentTo | null> {
  const [row] = await tx
    .select({
      template: { id: templates.id, name: templates.name },
      version: { id: templateVersions.id, number: templateVersions.version },
      replayOf: dryRuns.replayOf,
      lentBy: dryRuns.requestedByName,
    })
    .from(operations)
    .innerJoin(dryRuns, eq(dryRuns.operationId, operations.id))
    .innerJoin(templateVersions, eq(templateVersions.id, dryRuns.templateVersionId))
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .where(and(eq(operations.nodeId, nodeId), inArray(operations.state, [...liveOperationStates])));
  return row ?? null;
}
