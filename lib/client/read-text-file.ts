const largest = 4_000_000;

/**
 * Reads a file that a person chose as text: UTF-8, or UTF-16 where it says so with a byte order
 * mark, as spreadsheets write it. Gives a sentence when it is too large or no text.
 */
export async function readTextFile(file: File): Promise<string | { problem: string }> {
  if (file.size > largest) {
    return {
      problem: `${file.name} has ${Math.round(file.size / 1_000_000)} MB; that is no list of a few thousand nodes. Split it.`,
    };
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (text.includes("\0")) return { problem: `${file.name} is no text.` };
    return text;
  } catch {
    return {
      problem: `${file.name} is not ${encoding.toUpperCase()} text. Save it as UTF-8 and choose it again.`,
    };
  }
}
