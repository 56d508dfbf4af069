import { z } from "zod";
import { gpusPerNode, profileStates } from "#lib/domain/profile/profile";
import { idOf } from "#lib/schemas/id";
import { label, line, prose, slug } from "#lib/schemas/text";

export const createProfileInput = z
  .object({
    name: slug(),
    displayName: label("a display name", 80),
    description: prose(500),
    nodeTypeId: idOf("nodeType"),
    gpusPerNode: z.literal(gpusPerNode, "Choose 8, 4, 1 or 0 GPUs."),
    /** What quota counts; empty for a CPU node. */
    gpuModel: line(60),
    defaultImageId: idOf("image"),
  })
  .strict()
  .refine((profile) => profile.gpusPerNode === 0 || profile.gpuModel !== "", {
    path: ["gpuModel"],
    error: "Enter the GPU model that quota counts, as in H200.",
  });
export type CreateProfileInput = z.infer<typeof createProfileInput>;

export const moveProfileInput = z
  .object({ profileId: idOf("profile"), to: z.enum(profileStates) })
  .strict();
export type MoveProfileInput = z.infer<typeof moveProfileInput>;

export const shareProfileInput = z
  .object({ profileId: idOf("profile"), projectIds: z.array(idOf("project")).max(500) })
  .strict();
export type ShareProfileInput = z.infer<typeof shareProfileInput>;
