import { z } from "zod";
import { mostLeaseHours } from "#lib/domain/environment/lease";
import { gpusPerNode, profileStates } from "#lib/domain/profile/profile";
import { idOf } from "#lib/schemas/id";
import { label, line, prose, slug } from "#lib/schemas/text";

/** How long an environment may keep a node of it, in hours; null for as long as it likes. */
const longestLeaseHours = z
  .number("Enter whole hours, or nothing for no limit.")
  .int("Whole hours.")
  .min(1, "An hour at least.")
  .max(mostLeaseHours, "A year at most: 8760 hours.")
  .nullable();

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
    longestLeaseHours: longestLeaseHours.optional(),
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

export const limitLeaseInput = z.object({ profileId: idOf("profile"), longestLeaseHours }).strict();
export type LimitLeaseInput = z.infer<typeof limitLeaseInput>;

export const shareProfileInput = z
  .object({ profileId: idOf("profile"), projectIds: z.array(idOf("project")).max(500) })
  .strict();
export type ShareProfileInput = z.infer<typeof shareProfileInput>;
