import { z } from "zod";
import { containerRuntimes, gpuSharings, storageClassPattern } from "#lib/domain/profile/facts";
import { gpusPerNode, profileStates } from "#lib/domain/profile/profile";
import { idOf } from "#lib/schemas/id";
import { longestLeaseHours } from "#lib/schemas/lease";
import { shareHolders } from "#lib/schemas/sharing";
import { label, line, prose, slug } from "#lib/schemas/text";

/** Of a node, an hour, in hundredths of the currency; null where no price is told. */
const priceCents = z
  .number("Enter an amount like 24.50, or nothing for no price.")
  .int("Hundredths at most, as in 24.50.")
  .min(0, "An amount of 0 or more.")
  .max(100_000_000, "A million an hour at most.")
  .nullable();

/** What a profile is offered at. */
const terms = {
  displayName: label("a display name", 80),
  description: prose(500),
  defaultImageId: idOf("image"),
  /** Besides the default; none or left out: any image that the project may run. */
  allowedImageIds: z.array(idOf("image")).max(50, "At most 50 images.").optional(),
  longestLeaseHours: longestLeaseHours.optional(),
  priceCents: priceCents.optional(),
  /** Told to hooks, providers and nodes, which act on them; left out: as on every node. */
  gpuSharing: z.enum(gpuSharings).optional(),
  containerRuntime: z.enum(containerRuntimes).optional(),
  storageClasses: z
    .array(z.string())
    // Of the list, as the form has one field for it.
    .refine(
      (names) => names.every((name) => storageClassPattern.test(name)),
      "Lower-case letters, digits, dashes and dots, as Kubernetes takes them.",
    )
    .max(20, "At most 20 storage classes.")
    .refine((names) => new Set(names).size === names.length, "A storage class is named twice.")
    .optional(),
};

/** Of a node without GPUs. */
export const noGpuToShare = "Its nodes have no GPU to share.";

export const createProfileInput = z
  .object({
    ...terms,
    name: slug(),
    nodeTypeId: idOf("nodeType"),
    gpusPerNode: z.literal(gpusPerNode, "Choose 8, 4, 1 or 0 GPUs."),
    /** What quota counts; empty for a CPU node. */
    gpuModel: line(60),
  })
  .strict()
  .refine((profile) => profile.gpusPerNode === 0 || profile.gpuModel !== "", {
    path: ["gpuModel"],
    error: "Enter the GPU model that quota counts, as in H200.",
  })
  .refine((profile) => profile.gpusPerNode > 0 || (profile.gpuSharing ?? "none") === "none", {
    path: ["gpuSharing"],
    error: noGpuToShare,
  });
export type CreateProfileInput = z.infer<typeof createProfileInput>;

export const moveProfileInput = z
  .object({ profileId: idOf("profile"), to: z.enum(profileStates) })
  .strict();
export type MoveProfileInput = z.infer<typeof moveProfileInput>;

export const draftProfileInput = z.object({ ...terms, profileId: idOf("profile") }).strict();
export type DraftProfileInput = z.infer<typeof draftProfileInput>;

/** A draft as somebody saw it: what another has written since is not published unseen. */
export const seenDraftInput = z
  .object({
    profileId: idOf("profile"),
    version: z.number().int().min(1).max(100_000),
    writtenAt: z.iso.datetime(),
  })
  .strict();
export type SeenDraftInput = z.infer<typeof seenDraftInput>;

export const setCurrencyInput = z
  .object({ code: z.string().regex(/^[A-Z]{3}$/, "Enter three letters by ISO 4217, as in EUR.") })
  .strict();
export type SetCurrencyInput = z.infer<typeof setCurrencyInput>;

export const shareProfileInput = z.object({ profileId: idOf("profile"), ...shareHolders }).strict();
export type ShareProfileInput = z.infer<typeof shareProfileInput>;
