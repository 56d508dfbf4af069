import { z } from "zod";
import { BootScriptError, parseKernelArgs } from "#lib/domain/boot/ipxe-script";
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
