import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ByteRange, byteRange } from "#lib/boot/byte-range";
import type { OpenImageFile } from "#lib/boot/image-files";

const always = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Sends a whole answer; `HEAD` gets its headers. Resolves when it is handed to the system. */
export async function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const body = Buffer.from(text);
  // What the node still sends of a refused body is not read, so the connection ends with the answer.
  if (!response.req.complete) headers = { ...headers, connection: "close" };
  response.writeHead(status, {
    ...always,
    "content-type": "text/plain; charset=utf-8",
    "content-length": body.length,
    ...headers,
  });
  await new Promise<void>((resolve, reject) => {
    response.once("close", () => {
      if (response.writableFinished) resolve();
      else reject(new BrokenOffError());
    });
    response.end(response.req.method === "HEAD" ? undefined : body);
  });
}

/**
 * The answer to everything that opens nothing. It is the same, whether a token is wrong, void or of
 * another purpose, so that nothing can be learnt from it.
 */
export function sendNotFound(response: ServerResponse): Promise<void> {
  return sendText(response, 404, "not found\n");
}

/** The other side left before the answer was complete. */
export class BrokenOffError extends Error {
  override readonly name = "BrokenOffError";
}

/** Bytes at hand, or a file. */
export type ContentPart = Buffer | OpenImageFile;

/**
 * Streams a file, or the part of it that `Range` asks for, and closes it. The checksum is the
 * entity tag and the `Repr-Digest` (RFC 9530).
 * @throws BrokenOffError when the node leaves before the end.
 */
export async function sendFile(
  response: ServerResponse,
  file: OpenImageFile,
  sha256: string,
): Promise<void> {
  try {
    await sendContent(response, [file], sha256, {
      "content-type": "application/octet-stream",
      "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
    });
  } finally {
    await file.handle.close();
  }
}

/**
 * Streams parts one after the other, or as much of the whole as `Range` asks for; `HEAD` gets its
 * headers, with the length. The caller closes the files.
 * @param tag What names exactly this content, without quotes.
 * @throws BrokenOffError when the node leaves before the end.
 */
export async function sendContent(
  response: ServerResponse,
  parts: readonly ContentPart[],
  tag: string,
  about: Record<string, string>,
): Promise<void> {
  const { headers, method } = response.req;
  const etag = `"${tag}"`;
  const size = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  const fresh = headers["if-range"] === undefined || headers["if-range"] === etag;
  const range = fresh ? byteRange(headers.range, size) : undefined;
  if (range === "none") {
    return await sendText(response, 416, "", { "content-range": `bytes */${size}` });
  }
  const asked = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...always,
    "content-length": asked.end - asked.start + 1,
    "accept-ranges": "bytes",
    etag,
    ...about,
    ...(range ? { "content-range": `bytes ${range.start}-${range.end}/${size}` } : {}),
  });
  if (method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  await pipeline(Readable.from(piecesOf(parts, asked)), response).catch((cause) => {
    throw new BrokenOffError("", { cause });
  });
}

/** In bytes. */
export function sizeOf(part: ContentPart): number {
  return Buffer.isBuffer(part) ? part.length : part.size;
}

async function* piecesOf(parts: readonly ContentPart[], asked: ByteRange): AsyncGenerator<Buffer> {
  let before = 0;
  for (const part of parts) {
    const start = Math.max(asked.start - before, 0);
    const end = Math.min(asked.end - before, sizeOf(part) - 1);
    before += sizeOf(part);
    if (start > end) continue;
    if (Buffer.isBuffer(part)) yield part.subarray(start, end + 1);
    else {
      yield* part.handle.createReadStream({
        autoClose: false,
        start,
        end,
        highWaterMark: 256 * 1024,
      });
    }
  }
}
