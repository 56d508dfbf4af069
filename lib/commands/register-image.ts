import type { Database } from "#db/client";
import { images } from "#db/schema/images";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RegisterImageInput } from "#lib/schemas/image";

/** Makes an operating system known by its files. It boots no node until the worker has found the checksums true. */
export async function registerImage(
  db: Database,
  grant: Grant<"catalogue.edit">,
  { form, ...input }: RegisterImageInput,
): Promise<Result<{ imageId: Id<"image"> }, RefusalOf<"name_taken">>> {
  const id = newId("image");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(images)
      .values({ id, ...input })
      .onConflictDoNothing({ target: [images.name, images.version] })
      .returning({ id: images.id });
    const name = `${input.name} ${input.version}`;
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "image", name });
    await recordAudit(tx, grant, {
      action: "image.register",
      object: { kind: "image", id, name },
      detail:
        "diskSha256" in input
          ? { form, diskSha256: input.diskSha256 }
          : { form, kernelSha256: input.kernelSha256, initrdSha256: input.initrdSha256 },
    });
    return ok({ imageId: id });
  });
}
