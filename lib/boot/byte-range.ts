/** Bytes from `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/**
 * The part of a file that a `Range` header asks for (RFC 9110, section 14.2): undefined means all
 * of it, as also for several ranges or other units, which a server may ignore; `"none"` is a range
 * outside the file.
 */
export function byteRange(
  header: string | undefined,
  size: number,
): ByteRange | "none" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    // The last so many bytes.
    const length = Math.min(Number(last), size);
    return length === 0 ? "none" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "none" : { start, end };
}
