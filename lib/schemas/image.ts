import { z } from "zod";
import { BootScriptError, parseKernelArgs } from "#lib/domain/boot/ipxe-script";
import { imagePurposes } from "#lib/domain/image/image";
import { idOf } from "#lib/schemas/id";
import { shareHolders } from "#lib/schemas/sharing";
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

/** Kernel arguments, held to what the boot server will put into a script. */
const kernelArgs = z
  .string()
  .trim()
  .max(500, "At most 500 characters.")
  .superRefine((text, context) => {
    try {
      parseKernelArgs(text);
    } catch (error) {
      if (!(error instanceof BootScriptError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });

const known = {
  name: label("a name for the image", 80),
  version: label("a version", 40),
  defaultUser: z
    .string()
    .trim()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "Enter a Linux user name, as in ubuntu."),
};

/** One that runs in memory. What does our own jobs on nodes always does. */
const memoryImage = z
  .object({
    form: z.literal("memory"),
    ...known,
    purpose: z.enum(imagePurposes),
    kernelFile: imageFile,
    kernelSha256: sha256,
    initrdFile: imageFile,
    initrdSha256: sha256,
    kernelArgs,
  })
  .strict();

/** One that is installed to a node's disk. */
const diskImage = z
  .object({
    form: z.literal("disk"),
    ...known,
    purpose: z.literal("tenant"),
    diskFile: imageFile.refine(
      (name) => name.endsWith(".gz"),
      "Enter the name of a raw disk that gzip compressed: it ends in .gz.",
    ),
    diskSha256: sha256,
    diskBytes: z.coerce
      .number("Enter the size in bytes, in digits.")
      .int("Enter whole bytes.")
      .min(1_048_576, "A disk image has a MiB at least.")
      .max(2 ** 44, "At most 16 TiB.")
      .refine((bytes) => bytes % 512 === 0, "A disk is a multiple of 512 bytes large."),
  })
  .strict();

export const registerImageInput = z.discriminatedUnion("form", [memoryImage, diskImage]);
export type RegisterImageInput = z.infer<typeof registerImageInput>;

export const reviewImageInput = z
  .object({ imageId: idOf("image"), to: z.enum(["unverified", "retired"]) })
  .strict();
export type ReviewImageInput = z.infer<typeof reviewImageInput>;

export const shareImageInput = z.object({ imageId: idOf("image"), ...shareHolders }).strict();
export type ShareImageInput = z.infer<typeof shareImageInput>;
