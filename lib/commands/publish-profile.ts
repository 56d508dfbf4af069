import { and, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { checkImage } from "#lib/commands/check-image";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SeenDraftInput } from "#lib/schemas/profile";

type Draft = {
  profile: typeof profiles.$inferSelect;
  version: typeof profileVersions.$inferSelect;
};

/**
 * Offers the terms of a draft from now on. What runs keeps its price and the end it has. Refuses a
 * draft that somebody wrote anew since it was looked at, and one whose image is not approved.
 */
export async function publishProfile(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: SeenDraftInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const found = await lockDraft(tx, input);
    if (!found.ok) return found;
    const { profile, version } = found.value;
    if (profile.state === "draft") {
      return refuse({
        kind: "not_now",
        reason: "The profile is a draft itself.",
        advice: "Activate it: that publishes its first version.",
      });
    }
    const image = await checkImage(tx, profile.id, version.version);
    if (!image.ok) return image;
    await tx
      .update(profileVersions)
      .set({ publishedAt: sql`clock_timestamp()` })
      .where(isVersion(version));
    await tx.update(profiles).set({ version: version.version }).where(eq(profiles.id, profile.id));
    await recordAudit(tx, grant, {
      action: "profile.publish",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: { before: profile.version, after: version.version },
    });
    return ok(undefined);
  });
}

/** Takes a draft away; what is offered stays. Refuses as publishing does. */
export async function discardProfileDraft(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: SeenDraftInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const found = await lockDraft(tx, input);
    if (!found.ok) return found;
    const { profile, version } = found.value;
    if (profile.version === version.version) {
      return refuse({
        kind: "not_now",
        reason: "The profile has no other terms.",
        advice: "Change them instead.",
      });
    }
    await tx.delete(profileVersions).where(isVersion(version));
    await recordAudit(tx, grant, {
      action: "profile.discard_draft",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: { version: version.version },
    });
    return ok(undefined);
  });
}

const isVersion = ({ profileId, version }: Draft["version"]) =>
  and(eq(profileVersions.profileId, profileId), eq(profileVersions.version, version));

/** The draft as it was seen, with its profile's row held until the transaction ends. */
async function lockDraft(
  tx: Transaction,
  { profileId, version: number, writtenAt }: SeenDraftInput,
): Promise<Result<Draft, RefusalOf<"not_found" | "not_now">>> {
  const [profile] = await tx
    .select()
    .from(profiles)
    .where(eq(profiles.id, profileId))
    .for("no key update");
  if (!profile) return refuse({ kind: "not_found", resource: "profile" });
  const [version] = await tx
    .select()
    .from(profileVersions)
    .where(and(eq(profileVersions.profileId, profileId), eq(profileVersions.version, number)));
  if (!version) {
    return refuse({
      kind: "not_now",
      reason: `There is no version ${number} any more.`,
      advice: "Look at the profile again.",
    });
  }
  if (version.publishedAt) {
    return refuse({
      kind: "not_now",
      reason: `Version ${number} has been published.`,
      advice: "Its terms stay as they are. Change the profile to offer others.",
    });
  }
  if (version.createdAt.getTime() !== Date.parse(writtenAt)) {
    return refuse({
      kind: "not_now",
      reason: "Somebody has changed this draft since.",
      advice: "Look at it again before you go on.",
    });
  }
  return ok({ profile, version });
}
