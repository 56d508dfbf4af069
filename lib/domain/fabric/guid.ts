/**
 * A GUID of InfiniBand as Ingot keeps it: 16 hexadecimal digits in lower case. Null for what is
 * none. Tools leave out leading zeros, put `0x` before it or colons into it.
 */
export function readGuid(text: string): string | null {
  const digits = text
    .trim()
    .toLowerCase()
    .replace(/^0x/, "")
    .replaceAll(/[:.\s_-]/g, "");
  if (!/^[0-9a-f]{1,16}$/.test(digits) || /^0+$/.test(digits)) return null;
  return digits.padStart(16, "0");
}
