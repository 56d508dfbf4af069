import { and, desc, eq, inArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { priceCurrency, profiles, profileVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
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
  };
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
