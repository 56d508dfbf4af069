import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { bootMedium } from "#lib/boot/boot-medium";
import { EfiProgramError, efiProgram } from "#lib/boot/efi-program";
import type { ImageFiles, OpenImageFile } from "#lib/boot/image-files";
import { type ContentPart, sizeOf } from "#lib/boot/send";
import type { BootFile } from "#lib/boot/store";

/** A program that is ready to be sent. Its tag is another for every other content. */
export type OpenProgram = { parts: ContentPart[]; tag: string; close: () => Promise<void> };

/** Makes EFI programs of approved files, as nodes ask for them: nothing is written to a disk. */
export class BootPrograms {
  readonly #images: ImageFiles;
  readonly #stubPath: string | null;

  constructor(input: { images: ImageFiles; stubPath: string | null }) {
    this.#images = input.images;
    this.#stubPath = input.stubPath;
  }

  /**
   * The caller closes what it gets.
   * @throws ImageFileError or EfiProgramError, with a sentence for the operator.
   */
  async open(input: {
    kernel: BootFile;
    initrd: BootFile;
    commandLine: string;
  }): Promise<OpenProgram> {
    // Read each time: it is small, and the operating system's to bring up to date.
    const stub = await this.#readStub();
    const open: Partial<Record<"kernel" | "initrd", OpenImageFile>> = {};
    const close = async () => {
      for (const file of Object.values(open)) await file.handle.close();
    };
    try {
      const kernel = await this.#images.open(input.kernel);
      open.kernel = kernel;
      const initrd = await this.#images.open(input.initrd);
      open.initrd = initrd;
      const parts = efiProgram(stub, {
        commandLine: input.commandLine,
        kernelBytes: kernel.size,
        initrdBytes: initrd.size,
      });
      const tag = createHash("sha256");
      for (const part of parts) tag.update(Buffer.isBuffer(part) ? part : input[part].sha256);
      const files = { kernel, initrd };
      return {
        parts: parts.map((part) => (Buffer.isBuffer(part) ? part : files[part])),
        tag: tag.digest("hex"),
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  }

  /**
   * The same program on a medium, as `open` gives it.
   * @throws the same errors.
   */
  async openMedium(input: Parameters<BootPrograms["open"]>[0]): Promise<OpenProgram> {
    const program = await this.open(input);
    try {
      const bytes = program.parts.reduce((sum, part) => sum + sizeOf(part), 0);
      const { head, tail } = bootMedium(bytes);
      return { ...program, parts: [head, ...program.parts, tail], tag: `${program.tag}-iso` };
    } catch (error) {
      await program.close();
      throw error;
    }
  }

  async #readStub(): Promise<Buffer> {
    const path = this.#stubPath;
    const found = path === null ? null : await readFile(path).catch(() => null);
    if (found) return found;
    throw new EfiProgramError(
      `The boot server has no boot stub${path === null ? "" : ` at ${path}`}: install systemd-boot-efi of Debian or Ubuntu on its machine, or set INGOT_BOOT_STUB.`,
    );
  }
}
