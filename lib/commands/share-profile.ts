import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { setShares } from "#db/queries/shares";
import { profiles } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ShareProfileInput } from "#lib/schemas/profile";

/** Says which projects may take nodes of a profile. What runs by now is not touched. */
export async function shareProfile(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ShareProfileInput,
): Promise<Result<{ projects: number }, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [profile] = await tx
      .select()
      .from(profiles)
      .where(eq(profiles.id, input.profileId))
      .for("no key update");
    if (!profile) return refuse({ kind: "not_found", resource: "profile" });
    const shared = await setShares(tx, { kind: "profile", id: profile.id }, input.projectIds);
    await recordAudit(tx, grant, {
      action: "profile.share",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: { projects: shared },
    });
    return ok({ projects: shared.length });
  });
}
