import { and, eq, inArray, ne } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

type Asked = { defaultImageId: Id<"image">; allowedImageIds?: Id<"image">[] | undefined };

/**
 * The images that the terms of a profile name: the default one, and the ids of all that its nodes may
 * run, the default among them; null where none is named besides, for any that the project may run.
 * Refuses one that no tenant may run.
 */
export async function imagesOfTerms(
  tx: Transaction,
  { defaultImageId, allowedImageIds = [] }: Asked,
): Promise<
  Result<
    { image: typeof images.$inferSelect; allowedImageIds: Id<"image">[] | null },
    RefusalOf<"not_found">
  >
> {
  const ids = [...new Set([defaultImageId, ...allowedImageIds])];
  const found = await tx
    .select()
    .from(images)
    .where(and(inArray(images.id, ids), eq(images.purpose, "tenant"), ne(images.state, "retired")));
  const image = found.find(({ id }) => id === defaultImageId);
  if (!image || found.length < ids.length) return refuse({ kind: "not_found", resource: "image" });
  return ok({ image, allowedImageIds: allowedImageIds.length > 0 ? ids.sort() : null });
}
