import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { LimitLeaseInput } from "#lib/schemas/profile";

/**
 * Sets how long an environment may keep a node of a profile, or that there is no limit. What runs
 * keeps the end it has; the limit counts at the next launch or extension.
 */
export async function limitLease(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: LimitLeaseInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [profile] = await tx
      .select()
      .from(profiles)
      .where(eq(profiles.id, input.profileId))
      .for("no key update");
    if (!profile) return refuse({ kind: "not_found", resource: "profile" });
    await tx
      .update(profiles)
      .set({ longestLeaseHours: input.longestLeaseHours })
      .where(eq(profiles.id, profile.id));
    await recordAudit(tx, grant, {
      action: "profile.limit_lease",
      object: { kind: "profile", id: profile.id, name: profile.name },
      detail: { before: profile.longestLeaseHours, after: input.longestLeaseHours },
    });
    return ok(undefined);
  });
}
