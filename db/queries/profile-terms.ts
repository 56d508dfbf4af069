import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { priceCurrency, profiles, profileVersions, templateGroups } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
import type { ProfileFacts } from "#lib/domain/profile/facts";
import type { ProfileTerms } from "#lib/domain/profile/terms";

// A profile is offered on the terms of one of its versions.

type Profile = typeof profiles.$inferSelect;
type Version = typeof profileVersions.$inferSelect;

/** A profile with the terms that it is offered on. */
export type OfferedProfile = Profile &
  Pick<
    Version,
    | "displayName"
    | "description"
    | "defaultImageId"
    | "allowedImageIds"
    | "longestLeaseHours"
    | "priceCents"
    | "gpuSharing"
    | "containerRuntime"
    | "storageClasses"
  >;

/** Joins a profile with the version that it offers. A tenant sees no draft, and so no draft profile. */
export const versionOffered = and(
  eq(profileVersions.profileId, profiles.id),
  eq(profileVersions.version, profiles.version),
);

export function offeredProfile(profile: Profile, version: Version): OfferedProfile {
  const { displayName, description, defaultImageId, allowedImageIds } = version;
  const { longestLeaseHours, priceCents } = version;
  return {
    ...profile,
    ...{ displayName, description, defaultImageId, allowedImageIds, longestLeaseHours, priceCents },
    ...shapeOf(version),
  };
}

/** What of its terms hooks, providers and nodes are told. */
const shapeOf = ({ gpuSharing, containerRuntime, storageClasses }: Version) => {
  return { gpuSharing, containerRuntime, storageClasses };
};

/** Columns of `ProfileFacts`, of a query that joins both tables. */
export const profileFacts = {
  name: profiles.name,
  gpuSharing: profileVersions.gpuSharing,
  containerRuntime: profileVersions.containerRuntime,
  storageClasses: profileVersions.storageClasses,
};

/**
 * Joins the profile of an environment's group with the version at which the group's newest node was taken, or with
 * that of today where none has been.
 */
const versionHeld = and(
  eq(profileVersions.profileId, profiles.id),
  eq(
    profileVersions.version,
    sql`coalesce((select max(${allocations.profileVersion}) from ${allocations}
      where ${allocations.environmentId} = ${environments.id}
        and ${allocations.groupName} = ${templateGroups.name}
        and ${allocations.profileId} = ${profiles.id}), ${profiles.version})`,
  ),
);

/** What a node of each group of these environments costs in an hour, in hundredths; null where no price is told. */
export async function listPricesOf(
  tx: Transaction,
  environmentIds: readonly Id<"environment">[],
): Promise<{ environmentId: Id<"environment">; group: string; priceCents: number | null }[]> {
  return tx
    .select({
      environmentId: environments.id,
      group: templateGroups.name,
      priceCents: profileVersions.priceCents,
    })
    .from(environments)
    .innerJoin(templateGroups, eq(templateGroups.templateVersionId, environments.templateVersionId))
    .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .innerJoin(profileVersions, versionHeld)
    .where(inArray(environments.id, [...environmentIds]));
}

/**
 * What hooks are told of the profiles of an environment, by group: on the terms at which its newest node
 * was taken, or on those of today where none has been.
 */
export async function factsOfEnvironment(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<Record<string, ProfileFacts>> {
  const rows = await tx
    .select({ group: templateGroups.name, facts: profileFacts })
    .from(environments)
    .innerJoin(templateGroups, eq(templateGroups.templateVersionId, environments.templateVersionId))
    .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .innerJoin(profileVersions, versionHeld)
    .where(eq(environments.id, environmentId))
    .orderBy(asc(templateGroups.position));
  return Object.fromEntries(rows.map(({ group, facts }) => [group, facts]));
}

/** What a node is told of the profile that it was taken under. */
export async function factsOfNode(
  db: Database,
  allocationId: Id<"allocation">,
): Promise<ProfileFacts> {
  const [facts] = await db
    .select(profileFacts)
    .from(allocations)
    .innerJoin(profiles, eq(profiles.id, allocations.profileId))
    .innerJoin(
      profileVersions,
      and(
        eq(profileVersions.profileId, profiles.id),
        eq(profileVersions.version, allocations.profileVersion),
      ),
    )
    .where(eq(allocations.id, allocationId));
  if (!facts) throw new Error(`allocation ${allocationId} has no profile`);
  return facts;
}

export type VersionOfProfile = Version & { terms: ProfileTerms };

/** All versions of a profile, newest first. */
export async function listProfileVersions(
  tx: Transaction,
  profileId: Id<"profile">,
): Promise<VersionOfProfile[]> {
  const rows = await tx
    .select({ version: profileVersions, image: images })
    .from(profileVersions)
    .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
    .where(eq(profileVersions.profileId, profileId))
    .orderBy(desc(profileVersions.version));
  const names = await namesOfImages(
    tx,
    rows.flatMap(({ version }) => version.allowedImageIds ?? []),
  );
  return rows.map(({ version, image }) => ({
    ...version,
    terms: {
      displayName: version.displayName,
      description: version.description,
      image: `${image.name} ${image.version}`,
      allowedImages: version.allowedImageIds?.map((id) => names.get(id) ?? id).sort() ?? null,
      longestLeaseHours: version.longestLeaseHours,
      priceCents: version.priceCents,
      ...shapeOf(version),
    },
  }));
}

async function namesOfImages(
  tx: Transaction,
  ids: readonly Id<"image">[],
): Promise<Map<Id<"image">, string>> {
  const rows =
    ids.length === 0
      ? []
      : await tx
          .select({ id: images.id, name: images.name, version: images.version })
          .from(images)
          .where(inArray(images.id, [...ids]));
  return new Map(rows.map(({ id, name, version }) => [id, `${name} ${version}`]));
}

/** The currency that prices are told in. */
export async function findCurrency(tx: Transaction): Promise<string> {
  const [row] = await tx.select({ code: priceCurrency.code }).from(priceCurrency);
  if (!row) throw new Error("the currency's row is missing");
  return row.code;
}
