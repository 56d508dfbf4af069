import { familyBits, type PoolRange, type PoolShape } from "#lib/domain/pool/pool";

/** An address as it is usually written: dotted, or by RFC 5952. */
export function formatAddress(family: 4 | 6, value: bigint): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(112 - 16 * i)) & 0xffffn),
  );
  const gap = longestZeros(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (!gap) return hex(groups);
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`;
}

/** The first of the longest runs of zeros, if it is longer than one group. */
function longestZeros(groups: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > 1 && length > (best?.length ?? 0)) best = { start, length };
  }
  return best;
}

/** An item as operators and tenants read it: `120`, `0x0012`, `203.0.113.4`, `10.0.3.0/24`. */
export function formatItem(shape: PoolShape, value: bigint): string {
  if (shape.kind === "pkey") return `0x${value.toString(16).padStart(4, "0")}`;
  if (shape.family === 0) return value.toString();
  const address = formatAddress(shape.family, value);
  return shape.itemLength === null ? address : `${address}/${shape.itemLength}`;
}

/** Ranges as they can be entered again: `parseRanges` of this gives the same ranges. */
export function formatRanges(shape: PoolShape, ranges: readonly PoolRange[]): string {
  const { family } = shape;
  return ranges
    .flatMap((range) => {
      if (shape.kind === "private_prefix" && family !== 0) return prefixesOf(family, range);
      const single = { ...shape, itemLength: null };
      const first = formatItem(single, range.first);
      return range.first === range.last ? first : `${first}-${formatItem(single, range.last)}`;
    })
    .join(", ");
}

/** The fewest prefixes that cover exactly the range. */
function prefixesOf(family: 4 | 6, { first, last }: PoolRange): string[] {
  const width = familyBits(family);
  const prefixes: string[] = [];
  for (let at = first; at <= last; ) {
    let bits = 0;
    while (
      bits < width &&
      at % (1n << BigInt(bits + 1)) === 0n &&
      at + (1n << BigInt(bits + 1)) - 1n <= last
    ) {
      bits++;
    }
    prefixes.push(`${formatAddress(family, at)}/${width - bits}`);
    at += 1n << BigInt(bits);
  }
  return prefixes;
}
