import { and, eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profileVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Refuses a version of a profile whose default image may not be booted. */
export async function checkImage(
  tx: Transaction,
  profileId: Id<"profile">,
  version: number,
): Promise<Result<void, RefusalOf<"not_now">>> {
  const [image] = await tx
    .select({ name: images.name, version: images.version, state: images.state })
    .from(profileVersions)
    .innerJoin(images, eq(images.id, profileVersions.defaultImageId))
    .where(and(eq(profileVersions.profileId, profileId), eq(profileVersions.version, version)));
  if (image?.state === "approved") return ok(undefined);
  return refuse({
    kind: "not_now",
    reason: `Its default image ${image?.name} ${image?.version} is ${image?.state}.`,
    advice: "Have the image approved first: nodes boot nothing else.",
  });
}
