import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { countShares, setShares } from "#db/queries/shares";
import { profiles } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ShareProfileInput } from "#lib/schemas/profile";

/**
 * Says which projects may take nodes of a profile. What runs by now is not touched.
 * A tenant has it for all its projects, later ones too. Gives how many projects have it then.
 */
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
    const part = { kind: "profile", id: profile.id } as const;
    const shared = await setShares(tx, part, {
      tenantIds: input.tenantIds,
      projectIds: input.projectIds,
    });
    await recordAudit(tx, grant, {
      action: "profile.share",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: shared,
    });
    return ok({ projects: await countShares(tx, part) });
  });
}
