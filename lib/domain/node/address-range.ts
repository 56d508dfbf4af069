/** How a row of controllers with consecutive addresses becomes a list of nodes. */
export type AddressRange = {
  /** IPv4 or IPv6, without a port. */
  first: string;
  count: number;
  /** A name with one number in braces, which says where to begin: `gpu-r07-n{01}`. */
  names: string;
  /** The unit of the first node, and how many each fills; null when units are not known. */
  units: { first: number; each: number } | null;
};

export type RangeNode = { name: string; address: string; unit: number | null };

/** What is wrong with a range, in words, and in which part of it. */
export type RangeProblem = { field: "first" | "count" | "names"; words: string };

/**
 * The nodes of a range, in order. Answers with what is wrong when the range makes no sense: no
 * address, a name without a place for the number, addresses or units that run past the last.
 */
export function nodesOfRange({
  first,
  count,
  names,
  units,
}: AddressRange): RangeNode[] | RangeProblem {
  const wrong = (field: RangeProblem["field"], words: string) => ({ field, words });
  const address = readAddress(first);
  if (!address) return wrong("first", "The first address is no IP address.");
  if (!Number.isInteger(count) || count < 1 || count > 1_000) {
    return wrong("count", "Between 1 and 1,000 nodes.");
  }
  const place = /\{(\d{1,6})\}/.exec(names);
  if (!place?.[1]) {
    return wrong("names", "The name needs a place for the number, such as {01}: gpu-r07-n{01}.");
  }
  const [braces, digits] = [place[0], place[1]];
  if (address.value + BigInt(count - 1) >= 1n << BigInt(address.bits)) {
    return wrong("count", "The addresses run past the last one there is.");
  }
  return Array.from({ length: count }, (_, at) => ({
    name: names.replace(braces, String(Number(digits) + at).padStart(digits.length, "0")),
    address: writeAddress({ ...address, value: address.value + BigInt(at) }),
    unit: units ? units.first + at * units.each : null,
  }));
}

type Address = { value: bigint; bits: 32 | 128 };

function readAddress(text: string): Address | undefined {
  const trimmed = text.trim();
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(trimmed)) {
    const bytes = trimmed.split(".").map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    return { value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n), bits: 32 };
  }
  if (!/^[0-9a-f:]+$/i.test(trimmed) || !trimmed.includes(":")) return undefined;
  const halves = trimmed.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = groups.reduce((sum, half) => sum + half.length, 0);
  const isShort = halves.length === 2;
  if (isShort ? given > 7 : given !== 8) return undefined;
  const all = [...(groups[0] ?? []), ...Array(8 - given).fill("0"), ...(groups[1] ?? [])];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { value: all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n), bits: 128 };
}

/** IPv4 as dotted numbers; IPv6 with its longest run of zeros left out (RFC 5952). */
function writeAddress({ value, bits }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((at) => (value >> at) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16),
  );
  const zeros = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort(
    (a, b) => b[0].length - a[0].length,
  )[0];
  if (!zeros) return groups.join(":");
  const text = groups.join(":");
  const before = text.slice(0, zeros.index);
  const after = text.slice(zeros.index + zeros[0].length);
  return `${before}::${after.replace(/^:/, "")}`;
}
