import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { countShares, setShares } from "#db/queries/shares";
import { images } from "#db/schema/images";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ShareImageInput } from "#lib/schemas/image";

/**
 * Says which projects may run an image, besides as the default of a profile of theirs.
 * A tenant has it for all its projects, later ones too. Gives how many projects have it then.
 */
export async function shareImage(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ShareImageInput,
): Promise<Result<{ projects: number }, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [image] = await tx
      .select()
      .from(images)
      .where(eq(images.id, input.imageId))
      .for("no key update");
    if (!image) return refuse({ kind: "not_found", resource: "image" });
    const part = { kind: "image", id: image.id } as const;
    const shared = await setShares(tx, part, {
      tenantIds: input.tenantIds,
      projectIds: input.projectIds,
    });
    await recordAudit(tx, grant, {
      action: "image.share",
      object: { kind: "image", id: image.id, name: image.name },
      detail: shared,
    });
    return ok({ projects: await countShares(tx, part) });
  });
}
