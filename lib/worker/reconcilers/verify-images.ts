import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { announce } from "#db/queries/operations";
import { images } from "#db/schema/images";
import { imageFilePath } from "#lib/boot/image-file";
import type { Log } from "#lib/config/log";

/**
 * Reads the files of images that are not verified yet and holds them against the checksums that
 * the operator entered: true ones are approved, others are rejected with the reason.
 */
export async function verifyImages(input: {
  db: Database;
  imageDirectory: string;
  log: Log;
}): Promise<void> {
  const { db } = input;
  const waiting = await db.select().from(images).where(eq(images.state, "unverified"));
  for (const image of waiting) {
    let wrong: string | undefined;
    for (const [file, sha256] of [
      [image.kernelFile, image.kernelSha256],
      [image.initrdFile, image.initrdSha256],
      [image.diskFile, image.diskSha256],
    ]) {
      if (file && sha256) wrong ??= await difference(input.imageDirectory, file, sha256);
    }
    await db
      .update(images)
      .set(
        wrong
          ? { state: "rejected", stateReason: wrong }
          : { state: "approved", stateReason: null },
      )
      .where(and(eq(images.id, image.id), eq(images.state, "unverified")));
    await announce(db, `image:${image.id}`);
    input.log.info({ image: image.id, rejected: wrong ?? null }, "image verified");
  }
}

async function difference(
  directory: string,
  file: string,
  sha256: string,
): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(imageFilePath(directory, file)), hash);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "EACCES" && code !== "EISDIR") throw error;
    return `${file} cannot be read in the image directory (${code}).`;
  }
  const found = hash.digest("hex");
  return found === sha256 ? undefined : `${file} has the checksum ${found}, not ${sha256}.`;
}
