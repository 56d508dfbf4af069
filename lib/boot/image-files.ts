import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { imageFilePath } from "#lib/boot/image-file";
import type { BootFile } from "#lib/boot/store";

/** An open file of the image directory whose content is what was approved. */
export type OpenImageFile = { handle: FileHandle; size: number };

/** The file is not there, or is another one than was approved. */
export class ImageFileError extends Error {
  override readonly name = "ImageFileError";
}

/**
 * Opens files of the image directory by name and checksum. A file is hashed when it is first asked
 * for and again when its size or time of change is another: nodes get what was approved or nothing.
 */
export class ImageFiles {
  readonly #directory: string;
  /** By path and state of the file; many nodes that boot at once wait for one reading. */
  readonly #checksums = new Map<string, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * The caller closes the handle.
   * @throws ImageFileError with a sentence for the operator.
   */
  async open(file: BootFile): Promise<OpenImageFile> {
    const path = imageFilePath(this.#directory, file.name);
    const handle = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
      throw new ImageFileError(
        `${file.name} cannot be read in the image directory (${cause.code}).`,
        {
          cause,
        },
      );
    });
    try {
      const state = await handle.stat();
      if (!state.isFile()) throw new ImageFileError(`${file.name} is not a file.`);
      const found = await this.#checksum(
        handle,
        [path, state.dev, state.ino, state.size, state.mtimeMs, state.ctimeMs].join(":"),
      );
      if (found !== file.sha256) {
        throw new ImageFileError(
          `${file.name} has the checksum ${found}, not ${file.sha256} as approved.`,
        );
      }
      return { handle, size: state.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  #checksum(handle: FileHandle, key: string): Promise<string> {
    const known = this.#checksums.get(key);
    if (known) return known;
    const reading = sha256Of(handle);
    this.#checksums.set(key, reading);
    reading.catch(() => this.#checksums.delete(key));
    return reading;
  }
}

async function sha256Of(handle: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const content = handle.createReadStream({ autoClose: false, start: 0, highWaterMark: 1 << 20 });
  await pipeline(content, hash);
  return hash.digest("hex");
}
