import { and, asc, eq, getTableColumns, isNotNull, isNull, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { countFreeNodes, listEndsOfHolds } from "#db/queries/free-nodes";
import {
  findCurrency,
  listProfileVersions,
  offeredProfile,
  versionOffered,
} from "#db/queries/profile-terms";
import {
  profileShares,
  profiles,
  profileTenantShares,
  profileVersions,
  templateGroups,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { nodeTypes } from "#db/schema/nodes";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Change } from "#lib/domain/change";
import { type Compared, compareVersions } from "#lib/domain/compared-versions";
import { type Id, isId } from "#lib/domain/id";
import type { ImageState } from "#lib/domain/image/image";
import type { ContainerRuntime, GpuSharing } from "#lib/domain/profile/facts";
import type { ProfileState } from "#lib/domain/profile/profile";
import { termChanges } from "#lib/domain/profile/terms";
import type { ComparedVersions } from "#lib/schemas/compared-versions";
import type { TimeToReady } from "#lib/schemas/environment-view";
import { listShareTargets, type ShareTarget } from "#lib/views/sharing";
import { timesToReady } from "#lib/views/typical-durations";

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
    /** Of a node, an hour, in hundredths; null where no price is told. */
    priceCents: number | null;
    gpuSharing: GpuSharing;
    containerRuntime: ContainerRuntime;
    storageClasses: string[];
    image: string;
    imageState: ImageState;
    /** Nodes of its type that could be given out now. */
    freeNodes: number;
    /** Nodes of its type that could be given out, and are on hold for somebody's launch. */
    onHoldNodes: number;
    /** Nodes held under it now. */
    heldNodes: number;
    sharedWith: Id<"project">[];
    /** Tenants that have it as a whole: their later projects will have it, too. */
    sharedWithTenants: Id<"tenant">[];
  }[];
  currency: string;
  /** A price has been entered: the currency stays. */
  hasPrices: boolean;
  /** What a new profile can be made of. */
  nodeTypes: { id: Id<"nodeType">; name: string; gpuCount: number | null; gpuModel: string }[];
  images: ImageChoice[];
  shareTargets: ShareTarget[];
};

export type ImageChoice = { id: Id<"image">; name: string; state: ImageState };

/** Every compute profile, with what it is made of, who may use it and how much of it is free. */
export async function profilesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<ProfilesView> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({ profile: profiles, version: profileVersions, nodeType: nodeTypes, image: images })
      .from(profiles)
      .innerJoin(profileVersions, versionOffered)
      .innerJoin(nodeTypes, eq(nodeTypes.id, profiles.nodeTypeId))
      .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
      .orderBy(asc(profiles.name));
    const held = await countHeld(tx);
    const shares = await tx.select().from(profileShares);
    const wholes = await tx.select().from(profileTenantShares);
    const free = await countFreeNodes(tx);
    const onHold = await listEndsOfHolds(tx);
    const types = await tx.select().from(nodeTypes).orderBy(asc(nodeTypes.name));
    return {
      profiles: rows.map(({ profile, version, nodeType, image }) => {
        const {
          nodeTypeId,
          defaultImageId: _,
          allowedImageIds: __,
          ...offered
        } = offeredProfile(profile, version);
        return {
          ...offered,
          nodeType: nodeType.name,
          image: `${image.name} ${image.version}`,
          imageState: image.state,
          freeNodes: free.get(nodeTypeId) ?? 0,
          onHoldNodes: onHold.get(nodeTypeId)?.length ?? 0,
          heldNodes: held
            .filter((row) => row.profileId === profile.id)
            .reduce((sum, row) => sum + row.nodes, 0),
          sharedWith: shares
            .filter((share) => share.profileId === profile.id)
            .map((share) => share.projectId),
          sharedWithTenants: wholes
            .filter((share) => share.profileId === profile.id)
            .map((share) => share.tenantId),
        };
      }),
      currency: await findCurrency(tx),
      hasPrices: (await tx.$count(profileVersions, isNotNull(profileVersions.priceCents))) > 0,
      nodeTypes: types.map(({ id, name, spec }) => ({
        id,
        name,
        gpuCount: spec.gpu === null ? 0 : (spec.gpu?.count ?? null),
        gpuModel: spec.gpu?.model ?? "",
      })),
      images: await imageChoices(tx),
      shareTargets: await listShareTargets(tx),
    };
  });
}

export type ProfileVersionView = {
  version: number;
  /** Of the newest that was published the profile's own; deprecated are those before it. */
  state: ProfileState;
  writtenAt: string;
  publishedAt: string | null;
  /** Against the version before it; null for the first. */
  changes: Change[] | null;
  /** Nodes that are held at its price now. */
  heldNodes: number;
};

export type ProfileDetail = {
  id: Id<"profile">;
  name: string;
  displayName: string;
  description: string;
  state: ProfileState;
  version: number;
  nodeType: { id: Id<"nodeType">; name: string };
  gpusPerNode: number;
  gpuModel: string | null;
  image: string;
  /** Names of what its nodes may run; null for all that a project may run. */
  allowedImages: string[] | null;
  longestLeaseHours: number | null;
  priceCents: number | null;
  gpuSharing: GpuSharing;
  containerRuntime: ContainerRuntime;
  storageClasses: string[];
  currency: string;
  freeNodes: number;
  heldNodes: number;
  /** Over all tenants; null without a history. */
  timeToReady: TimeToReady | null;
  versions: ProfileVersionView[];
  comparison: Compared;
  /** What a change begins with: the draft, or what is offered. */
  terms: {
    displayName: string;
    description: string;
    defaultImageId: Id<"image">;
    allowedImageIds: Id<"image">[] | null;
    longestLeaseHours: number | null;
    priceCents: number | null;
    gpuSharing: GpuSharing;
    containerRuntime: ContainerRuntime;
    storageClasses: string[];
  };
  /** Templates that take nodes of it, in the versions that are not retired. */
  templates: { id: Id<"template">; name: string }[];
  images: ImageChoice[];
  sharedWith: Id<"project">[];
  sharedWithTenants: Id<"tenant">[];
  shareTargets: ShareTarget[];
};

/** One compute profile with its versions, newest first, and two of them compared; null when there is none of that id. */
export async function profileDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
  compared: ComparedVersions = {},
): Promise<ProfileDetail | null> {
  if (!isId("profile", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [profile] = await tx
      .select({ ...getTableColumns(profiles), nodeType: nodeTypes.name })
      .from(profiles)
      .innerJoin(nodeTypes, eq(nodeTypes.id, profiles.nodeTypeId))
      .where(eq(profiles.id, id));
    if (!profile) return null;
    const currency = await findCurrency(tx);
    const versions = await listProfileVersions(tx, id);
    const offered = versions.find((each) => each.version === profile.version);
    const [newest] = versions;
    if (!offered || !newest) throw new Error(`profile ${id} offers no version`);
    const held = (await countHeld(tx)).filter((row) => row.profileId === id);
    const shares = await tx
      .select({ projectId: profileShares.projectId })
      .from(profileShares)
      .where(eq(profileShares.profileId, id));
    const wholes = await tx
      .select({ tenantId: profileTenantShares.tenantId })
      .from(profileTenantShares)
      .where(eq(profileTenantShares.profileId, id));
    const { displayName, description, longestLeaseHours, priceCents } = offered.terms;
    const { image, allowedImages, gpuSharing, containerRuntime, storageClasses } = offered.terms;
    return {
      ...{ id, name: profile.name, displayName, description, state: profile.state },
      ...{ version: profile.version, gpusPerNode: profile.gpusPerNode, gpuModel: profile.gpuModel },
      nodeType: { id: profile.nodeTypeId, name: profile.nodeType },
      ...{ image, allowedImages, longestLeaseHours, priceCents, currency },
      ...{ gpuSharing, containerRuntime, storageClasses },
      freeNodes: (await countFreeNodes(tx)).get(profile.nodeTypeId) ?? 0,
      heldNodes: held.reduce((sum, row) => sum + row.nodes, 0),
      timeToReady: (await timesToReady(tx, null)).get(id) ?? null,
      versions: versions.map((each, at) => {
        const before = versions[at + 1];
        return {
          version: each.version,
          state:
            each.publishedAt === null
              ? "draft"
              : each.version === profile.version
                ? profile.state
                : "deprecated",
          writtenAt: each.createdAt.toISOString(),
          publishedAt: each.publishedAt?.toISOString() ?? null,
          changes: before ? termChanges(before.terms, each.terms, currency) : null,
          heldNodes: held.find((row) => row.version === each.version)?.nodes ?? 0,
        };
      }),
      comparison: compareVersions(versions, compared, (from, to) =>
        termChanges(from.terms, to.terms, currency),
      ),
      terms: termsOf(newest.publishedAt === null ? newest : offered),
      templates: await listTemplatesOf(tx, id),
      images: await imageChoices(tx),
      sharedWith: shares.map((share) => share.projectId),
      sharedWithTenants: wholes.map((share) => share.tenantId),
      shareTargets: await listShareTargets(tx),
    };
  });
}

function termsOf(version: typeof profileVersions.$inferSelect): ProfileDetail["terms"] {
  const { displayName, description, defaultImageId, allowedImageIds } = version;
  const { longestLeaseHours, priceCents } = version;
  const { gpuSharing, containerRuntime, storageClasses } = version;
  return {
    ...{ displayName, description, defaultImageId, allowedImageIds },
    ...{ longestLeaseHours, priceCents, gpuSharing, containerRuntime, storageClasses },
  };
}

/** Nodes held now, by profile and version. */
async function countHeld(tx: Transaction) {
  return tx
    .select({
      profileId: allocations.profileId,
      version: allocations.profileVersion,
      nodes: sql<number>`count(*)::int`,
    })
    .from(allocations)
    .where(isNull(allocations.releasedAt))
    .groupBy(allocations.profileId, allocations.profileVersion);
}

/** Images that nodes of tenants may run, but those that are retired. */
async function imageChoices(tx: Transaction): Promise<ImageChoice[]> {
  const rows = await tx
    .select()
    .from(images)
    .where(and(eq(images.purpose, "tenant"), ne(images.state, "retired")))
    .orderBy(asc(images.name), asc(images.version));
  return rows.map(({ id, name, version, state }) => ({ id, name: `${name} ${version}`, state }));
}

async function listTemplatesOf(tx: Transaction, profileId: Id<"profile">) {
  return tx
    .selectDistinct({ id: templates.id, name: templates.name })
    .from(templateGroups)
    .innerJoin(templateVersions, eq(templateVersions.id, templateGroups.templateVersionId))
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .where(and(eq(templateGroups.profileId, profileId), ne(templateVersions.state, "retired")))
    .orderBy(asc(templates.name));
}
