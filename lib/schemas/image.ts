import { z } from "zod";
import { imagePurposes } from "#lib/domain/image/image";
import { idOf } from "#lib/schemas/id";
import { label } from "#lib/schemas/text";

/** A file that lies in the image directory itself. */
const imageFile = z
  .string()
  .trim()
  .min(1, "Enter a file name.")
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/,
    "Enter the plain name of a file in the image directory, as in ubuntu-24.04-vmlinuz.",
  );

const sha256 = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, "Enter the 64 hexadecimal digits that sha256sum prints.");

/** Kernel arguments, each of a plain form, so that none can end the line of a boot script. */
const kernelArgs = z
  .string()
  .trim()
  .max(500, "At most 500 characters.")
  .regex(
    /^(?:[A-Za-z0-9_.-]+(?:=[A-Za-z0-9_.,:;/@+-]*)?(?: +(?=\S))?)*$/,
    "Enter arguments such as console=ttyS0,115200n8, separated by spaces.",
  )
  .refine((text) => !/(?:^| )(?:ds|ingot\.wipe|initrd)=/.test(text), {
    error: "ds=, initrd= and ingot.wipe= are set by Ingot itself. Leave them out.",
  });

export const registerImageInput = z
  .object({
    name: label("a name for the image", 80),
    version: label("a version", 40),
    purpose: z.enum(imagePurposes),
    kernelFile: imageFile,
    kernelSha256: sha256,
    initrdFile: imageFile,
    initrdSha256: sha256,
    kernelArgs,
    defaultUser: z
      .string()
      .trim()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "Enter a Linux user name, as in ubuntu."),
  })
  .strict();
export type RegisterImageInput = z.infer<typeof registerImageInput>;

export const reviewImageInput = z
  .object({ imageId: idOf("image"), to: z.enum(["unverified", "retired"]) })
  .strict();
export type ReviewImageInput = z.infer<typeof reviewImageInput>;

export const shareImageInput = z
  .object({ imageId: idOf("image"), projectIds: z.array(idOf("project")).max(500) })
  .strict();
export type ShareImageInput = z.infer<typeof shareImageInput>;
