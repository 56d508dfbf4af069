// What environments need only one each of, and a site has so many: VLANs, prefixes, addresses and
// InfiniBand partitions. Every item is a number (an id, an address, the first address of a prefix),
// so that one way of counting fits all.

export const poolKinds = ["vlan", "private_prefix", "public_ip", "pkey"] as const;
export type PoolKind = (typeof poolKinds)[number];

/** 0 where there are no addresses: VLAN ids and P_Keys. */
export type PoolFamily = 0 | 4 | 6;

/** What its items look like. `itemLength` is the length of each prefix; null for the other kinds. */
export type PoolShape = { kind: PoolKind; family: PoolFamily; itemLength: number | null };

/** From the first to the last number that it covers, both included. */
export type PoolRange = { first: bigint; last: bigint };

export const poolKindWords = {
  vlan: { name: "VLANs", one: "VLAN", several: "VLANs" },
  private_prefix: { name: "Private prefixes", one: "private prefix", several: "private prefixes" },
  public_ip: { name: "Public addresses", one: "public address", several: "public addresses" },
  pkey: { name: "InfiniBand P_Keys", one: "P_Key", several: "P_Keys" },
} as const satisfies Record<PoolKind, { name: string; one: string; several: string }>;

/**
 * `free` is not taken, `held` by an environment, `cooling` after a release until its time is over,
 * `reserved` by an operator who keeps it out.
 */
export const poolItemStates = ["held", "cooling", "reserved"] as const;
export type PoolItemState = (typeof poolItemStates)[number];

/** How many bits an address of the family has. */
export function familyBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** How far one item is from the next. */
export function stepOf(shape: PoolShape): bigint {
  if (shape.family === 0 || shape.itemLength === null) return 1n;
  return 1n << BigInt(familyBits(shape.family) - shape.itemLength);
}

/** How many items the ranges hold. */
export function countItems(shape: PoolShape, ranges: readonly PoolRange[]): bigint {
  const step = stepOf(shape);
  return ranges.reduce((sum, { first, last }) => sum + (last - first + 1n) / step, 0n);
}

/** Whether an item lies in one of the ranges. */
export function hasItem(shape: PoolShape, ranges: readonly PoolRange[], value: bigint): boolean {
  const step = stepOf(shape);
  return ranges.some(
    ({ first, last }) =>
      first <= value && value + step - 1n <= last && (value - first) % step === 0n,
  );
}

/** The numbers of the items in the ranges, in order; the caller has counted them first. */
export function itemsIn(shape: PoolShape, ranges: readonly PoolRange[]): bigint[] {
  const step = stepOf(shape);
  return ranges.flatMap(({ first, last }) => {
    const values: bigint[] = [];
    for (let value = first; value + step - 1n <= last; value += step) values.push(value);
    return values;
  });
}

/** A number of items as people read it: exact up to ten million, then as a power of two. */
export function itemCountText(count: bigint): string {
  if (count < 10_000_000n) return count.toString().replaceAll(/\B(?=(\d{3})+$)/g, ",");
  const power = count.toString(2).length - 1;
  // What is taken of so many does not show: 2^64 less three is still "about 2^64".
  const above = count - (1n << BigInt(power)) > 1n << BigInt(power - 1);
  return `about 2^${above ? power + 1 : power}`;
}

/** How full it is, in whole percent, rounded down; all of it when it holds nothing. */
export function usedPercent(taken: number, total: bigint): number {
  return total === 0n ? 100 : Number((BigInt(taken) * 100n) / total);
}
