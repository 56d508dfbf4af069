import { and, eq, isNull, max, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { imagesOfTerms } from "#lib/commands/images-of-terms";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { type DraftProfileInput, noGpuToShare } from "#lib/schemas/profile";

/**
 * Writes new terms for a profile as a draft, in place of a draft there was. Nobody is offered them
 * before they are published. Refuses an image that no tenant may run, and
 * sharing of GPUs where there are none.
 */
export async function draftProfile(
  db: Database,
  grant: Grant<"catalogue.edit">,
  { profileId, longestLeaseHours = null, priceCents = null, ...input }: DraftProfileInput,
): Promise<
  Result<{ version: number; writtenAt: string }, RefusalOf<"not_found" | "invalid_input">>
> {
  return withGrant(db, grant, async (tx) => {
    const [profile] = await tx
      .select()
      .from(profiles)
      .where(eq(profiles.id, profileId))
      .for("no key update");
    if (!profile) return refuse({ kind: "not_found", resource: "profile" });
    const { gpuSharing = "none", containerRuntime = "runc", storageClasses = [] } = input;
    const shape = { gpuSharing, containerRuntime, storageClasses };
    if (profile.gpusPerNode === 0 && gpuSharing !== "none") {
      return refuse({ kind: "invalid_input", fields: { gpuSharing: noGpuToShare } });
    }
    const found = await imagesOfTerms(tx, input);
    if (!found.ok) return found;
    const { image, allowedImageIds } = found.value;
    const ofProfile = eq(profileVersions.profileId, profileId);
    const [draft] = await tx
      .select({ version: profileVersions.version })
      .from(profileVersions)
      .where(and(ofProfile, isNull(profileVersions.publishedAt)));
    const [last] = await tx
      .select({ version: max(profileVersions.version) })
      .from(profileVersions)
      .where(ofProfile);
    const version = draft?.version ?? (last?.version ?? 0) + 1;
    const terms = { ...input, allowedImageIds, longestLeaseHours, priceCents, ...shape };
    const createdAt = sql`date_trunc('milliseconds', clock_timestamp())`;
    const [written] = await tx
      .insert(profileVersions)
      .values({ profileId, version, ...terms, createdAt })
      .onConflictDoUpdate({
        target: [profileVersions.profileId, profileVersions.version],
        set: { ...terms, createdAt },
      })
      .returning({ at: profileVersions.createdAt });
    if (!written) throw new Error(`the draft of ${profileId} was not written`);
    await recordAudit(tx, grant, {
      action: "profile.draft",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: {
        ...{ version, image: `${image.name} ${image.version}`, longestLeaseHours, priceCents },
        ...shape,
      },
    });
    return ok({ version, writtenAt: written.at.toISOString() });
  });
}
