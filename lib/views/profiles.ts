import { asc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { countFreeNodes, listEndsOfHolds } from "#db/queries/free-nodes";
import { profileShares, profiles } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { nodeTypes } from "#db/schema/nodes";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ImageState } from "#lib/domain/image/image";
import type { ProfileState } from "#lib/domain/profile/profile";
import { listShareTargets, type ShareTarget } from "#lib/views/sharing";

export type ProfilesView = {
  profiles: {
    id: Id<"profile">;
    name: string;
    displayName: string;
    description: string;
    state: ProfileState;
    nodeType: string;
    gpusPerNode: number;
    gpuModel: string | null;
    longestLeaseHours: number | null;
    image: string;
    imageState: ImageState;
    /** Nodes of its type that could be given out now. */
    freeNodes: number;
    /** Nodes of its type that could be given out, and are on hold for somebody's launch. */
    onHoldNodes: number;
    /** Nodes held under it now. */
    heldNodes: number;
    sharedWith: Id<"project">[];
  }[];
  /** What a new profile can be made of. */
  nodeTypes: { id: Id<"nodeType">; name: string; gpuCount: number | null; gpuModel: string }[];
  images: { id: Id<"image">; name: string; state: ImageState }[];
  shareTargets: ShareTarget[];
};

/** Every compute profile, with what it is made of, who may use it and how much of it is free. */
export async function profilesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<ProfilesView> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({ profile: profiles, nodeType: nodeTypes, image: images })
      .from(profiles)
      .innerJoin(nodeTypes, eq(nodeTypes.id, profiles.nodeTypeId))
      .innerJoin(images, eq(images.id, profiles.defaultImageId))
      .orderBy(asc(profiles.name));
    const held = await tx
      .select({ profileId: allocations.profileId, nodes: sql<number>`count(*)::int` })
      .from(allocations)
      .where(isNull(allocations.releasedAt))
      .groupBy(allocations.profileId);
    const shares = await tx.select().from(profileShares);
    const free = await countFreeNodes(tx);
    const onHold = await listEndsOfHolds(tx);
    const types = await tx.select().from(nodeTypes).orderBy(asc(nodeTypes.name));
    const tenantImages = await tx
      .select()
      .from(images)
      .where(eq(images.purpose, "tenant"))
      .orderBy(asc(images.name), asc(images.version));
    return {
      profiles: rows.map(({ profile, nodeType, image }) => ({
        id: profile.id,
        name: profile.name,
        displayName: profile.displayName,
        description: profile.description,
        state: profile.state,
        nodeType: nodeType.name,
        gpusPerNode: profile.gpusPerNode,
        gpuModel: profile.gpuModel,
        longestLeaseHours: profile.longestLeaseHours,
        image: `${image.name} ${image.version}`,
        imageState: image.state,
        freeNodes: free.get(profile.nodeTypeId) ?? 0,
        onHoldNodes: onHold.get(profile.nodeTypeId)?.length ?? 0,
        heldNodes: held.find((row) => row.profileId === profile.id)?.nodes ?? 0,
        sharedWith: shares
          .filter((share) => share.profileId === profile.id)
          .map((share) => share.projectId),
      })),
      nodeTypes: types.map(({ id, name, spec }) => ({
        id,
        name,
        gpuCount: spec.gpu === null ? 0 : (spec.gpu?.count ?? null),
        gpuModel: spec.gpu?.model ?? "",
      })),
      images: tenantImages
        .filter((image) => image.state !== "retired")
        .map(({ id, name, version, state }) => ({ id, name: `${name} ${version}`, state })),
      shareTargets: await listShareTargets(tx),
    };
  });
}
