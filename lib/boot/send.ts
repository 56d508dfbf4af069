import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { byteRange } from "#lib/boot/byte-range";
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
  const { headers, method } = response.req;
  const tag = `"${sha256}"`;
  try {
    const fresh = headers["if-range"] === undefined || headers["if-range"] === tag;
    const range = fresh ? byteRange(headers.range, file.size) : undefined;
    if (range === "none") {
      return await sendText(response, 416, "", { "content-range": `bytes */${file.size}` });
    }
    const start = range?.start ?? 0;
    const length = range ? range.end - range.start + 1 : file.size;
    response.writeHead(range ? 206 : 200, {
      ...always,
      "content-type": "application/octet-stream",
      "content-length": length,
      "accept-ranges": "bytes",
      etag: tag,
      "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
      ...(range ? { "content-range": `bytes ${range.start}-${range.end}/${file.size}` } : {}),
    });
    if (method === "HEAD" || length === 0) {
      response.end();
      return;
    }
    await pipeline(
      file.handle.createReadStream({
        autoClose: false,
        start,
        end: start + length - 1,
        highWaterMark: 256 * 1024,
      }),
      response,
    ).catch((cause) => {
      throw new BrokenOffError("", { cause });
    });
  } finally {
    await file.handle.close();
  }
}
