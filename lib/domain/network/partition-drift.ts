/** "0x0012". */
export function pkeyText(pkey: number): string {
  return `0x${pkey.toString(16).padStart(4, "0")}`;
}

type Members = readonly { guid: string; isFull: boolean }[];

/**
 * How what a fabric manager says of a node's ports differs from what it should, in words; null when
 * it does not. `wanted` is the partition they should all be full members of, or null for none.
 * Partitions that are not in `ours` are other people's, and no business of a node's.
 */
export function partitionDrift(
  wanted: number | null,
  guids: readonly string[],
  partitions: ReadonlyMap<number, Members>,
  ours: (pkey: number) => boolean,
): string | null {
  const own = new Set(guids);
  const strange = [...partitions]
    .filter(([pkey, members]) => pkey !== wanted && ours(pkey) && members.some(isOwn))
    .map(([pkey]) => pkeyText(pkey));
  if (strange.length > 0) {
    const which = `${strange.length === 1 ? "the partition" : "the partitions"} ${strange.slice(0, 5).join(", ")}${strange.length > 5 ? ` and ${strange.length - 5} more` : ""}`;
    return `Its ports are in ${which}, which they should not be in.`;
  }
  if (wanted === null) return null;
  const members = (partitions.get(wanted) ?? []).filter(isOwn);
  const missing = guids.filter((guid) => !members.some((member) => member.guid === guid));
  if (missing.length > 0) {
    return `${countText(missing, guids)} not in the partition ${pkeyText(wanted)}: ${listText(missing)}.`;
  }
  const limited = members.filter((member) => !member.isFull).map((member) => member.guid);
  if (limited.length > 0) {
    return `${countText(limited, guids)} no full member of the partition ${pkeyText(wanted)}: ${listText(limited)}.`;
  }
  return null;

  function isOwn(member: { guid: string }) {
    return own.has(member.guid);
  }
}

function countText(some: readonly string[], all: readonly string[]): string {
  return `${some.length} of its ${all.length} ports ${some.length === 1 ? "is" : "are"}`;
}

function listText(guids: readonly string[]): string {
  const rest = guids.length - 4;
  return `${guids.slice(0, 4).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
