import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { checkImage } from "#lib/commands/check-image";
import { profileMovesFrom } from "#lib/domain/profile/profile";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { MoveProfileInput } from "#lib/schemas/profile";

/** Moves a profile to another state. It becomes active only with an image that may be booted. */
export async function moveProfile(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: MoveProfileInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [profile] = await tx
      .select()
      .from(profiles)
      .where(eq(profiles.id, input.profileId))
      .for("no key update");
    if (!profile) return refuse({ kind: "not_found", resource: "profile" });
    const moves = profileMovesFrom(profile.state);
    if (!moves.includes(input.to)) {
      return refuse({
        kind: "not_now",
        reason: `The profile is ${profile.state}.`,
        advice: `From there it can become ${moves.join(" or ")}.`,
      });
    }
    if (input.to === "active") {
      const image = await checkImage(tx, profile.id, profile.version);
      if (!image.ok) return image;
      // The first version is published with the profile.
      await tx
        .update(profileVersions)
        .set({ publishedAt: sql`clock_timestamp()` })
        .where(
          and(
            eq(profileVersions.profileId, profile.id),
            eq(profileVersions.version, profile.version),
            isNull(profileVersions.publishedAt),
          ),
        );
    }
    await tx.update(profiles).set({ state: input.to }).where(eq(profiles.id, profile.id));
    await recordAudit(tx, grant, {
      action: "profile.move",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: { before: profile.state, after: input.to },
    });
    return ok(undefined);
  });
}
