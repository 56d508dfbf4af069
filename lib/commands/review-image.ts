import { and, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { versionOffered } from "#db/queries/profile-terms";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReviewImageInput } from "#lib/schemas/image";

/**
 * Has an image's files checked again (`unverified`), or takes it out of use for new environments
 * (`retired`). What a profile offers by default is not retired under it.
 */
export async function reviewImage(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ReviewImageInput,
): Promise<Result<void, RefusalOf<"not_found" | "in_use">>> {
  return withGrant(db, grant, async (tx) => {
    const [image] = await tx
      .select()
      .from(images)
      .where(eq(images.id, input.imageId))
      .for("no key update");
    if (!image) return refuse({ kind: "not_found", resource: "image" });
    if (input.to === "retired") {
      const users = await tx
        .select({ name: profiles.name })
        .from(profiles)
        .innerJoin(profileVersions, versionOffered)
        .where(and(eq(profileVersions.defaultImageId, image.id), ne(profiles.state, "disabled")));
      if (users.length > 0) {
        const by = users.map((profile) => `profile ${profile.name}`);
        return refuse({ kind: "in_use", resource: "image", by });
      }
    }
    await tx
      .update(images)
      .set({ state: input.to, stateReason: null })
      .where(eq(images.id, image.id));
    await recordAudit(tx, grant, {
      action: input.to === "retired" ? "image.retire" : "image.verify",
      object: { kind: "image", id: image.id, name: `${image.name} ${image.version}` },
      detail: { before: image.state },
    });
    return ok(undefined);
  });
}
