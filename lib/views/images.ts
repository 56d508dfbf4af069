import { asc, desc } from "drizzle-orm";
import type { Database } from "#db/client";
import { imageShares, profiles } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ImagePurpose, ImageState } from "#lib/domain/image/image";
import { listShareTargets, type ShareTarget } from "#lib/views/sharing";

export type ImagesView = {
  images: {
    id: Id<"image">;
    name: string;
    version: string;
    purpose: ImagePurpose;
    state: ImageState;
    stateReason: string | null;
    kernelFile: string;
    kernelSha256: string;
    initrdFile: string;
    initrdSha256: string;
    kernelArgs: string;
    defaultUser: string;
    createdAt: string;
    /** Profiles whose nodes run it unless something else is chosen. */
    defaultOf: string[];
    sharedWith: Id<"project">[];
  }[];
  shareTargets: ShareTarget[];
};

/** Every image, with what uses it. */
export async function imagesView(db: Database, grant: Grant<"fleet.read">): Promise<ImagesView> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx.select().from(images).orderBy(asc(images.name), desc(images.createdAt));
    const shares = await tx.select().from(imageShares);
    const users = await tx
      .select({ imageId: profiles.defaultImageId, name: profiles.name })
      .from(profiles)
      .orderBy(asc(profiles.name));
    return {
      images: rows.map((row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        defaultOf: users.filter((user) => user.imageId === row.id).map((user) => user.name),
        sharedWith: shares
          .filter((share) => share.imageId === row.id)
          .map((share) => share.projectId),
      })),
      shareTargets: await listShareTargets(tx),
    };
  });
}
