import { asc, desc } from "drizzle-orm";
import type { Database } from "#db/client";
import { versionOffered } from "#db/queries/profile-terms";
import { imageShares, imageTenantShares, profiles, profileVersions } from "#db/schema/catalogue";
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
    /** Installed to a node's disk, or run in its memory. */
    form: "disk" | "memory";
    files: { name: string; sha256: string }[];
    diskBytes: number | null;
    kernelArgs: string;
    defaultUser: string;
    createdAt: string;
    /** Profiles whose nodes run it unless something else is chosen. */
    defaultOf: string[];
    sharedWith: Id<"project">[];
    /** Tenants that have it as a whole: their later projects will have it, too. */
    sharedWithTenants: Id<"tenant">[];
  }[];
  shareTargets: ShareTarget[];
};

/** Every image, with what uses it. */
export async function imagesView(db: Database, grant: Grant<"fleet.read">): Promise<ImagesView> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx.select().from(images).orderBy(asc(images.name), desc(images.createdAt));
    const shares = await tx.select().from(imageShares);
    const wholes = await tx.select().from(imageTenantShares);
    const users = await tx
      .select({ imageId: profileVersions.defaultImageId, name: profiles.name })
      .from(profiles)
      .innerJoin(profileVersions, versionOffered)
      .orderBy(asc(profiles.name));
    return {
      images: rows.map((row) => ({
        id: row.id,
        name: row.name,
        version: row.version,
        purpose: row.purpose,
        state: row.state,
        stateReason: row.stateReason,
        form: row.diskFile ? "disk" : "memory",
        files: [
          { name: row.kernelFile, sha256: row.kernelSha256 },
          { name: row.initrdFile, sha256: row.initrdSha256 },
          { name: row.diskFile, sha256: row.diskSha256 },
        ].flatMap(({ name, sha256 }) => (name && sha256 ? [{ name, sha256 }] : [])),
        diskBytes: row.diskBytes,
        kernelArgs: row.kernelArgs,
        defaultUser: row.defaultUser,
        createdAt: row.createdAt.toISOString(),
        defaultOf: users.filter((user) => user.imageId === row.id).map((user) => user.name),
        sharedWith: shares
          .filter((share) => share.imageId === row.id)
          .map((share) => share.projectId),
        sharedWithTenants: wholes
          .filter((share) => share.imageId === row.id)
          .map((share) => share.tenantId),
      })),
      shareTargets: await listShareTargets(tx),
    };
  });
}
