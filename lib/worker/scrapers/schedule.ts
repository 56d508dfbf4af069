/**
 * Which of `slotCount` slots of the interval a node is asked in: always the same, and all nodes
 * spread evenly (FNV-1a, 32 bits).
 */
export function slotOf(nodeId: string, slotCount: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < nodeId.length; i++) {
    hash = Math.imul(hash ^ nodeId.charCodeAt(i), 0x01000193);
  }
  // The low bits of FNV of similar texts are alike; fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % slotCount;
}

/** How long a node that keeps failing is left alone at most. */
const longestRestMs = 60_000;

/**
 * How many rounds a node sits out after this many failures in a row: none after the first two, then
 * 1, 3, 7, …, so that what is dead costs little and what comes back is seen within a minute.
 */
export function roundsToSkip(failures: number, intervalMs: number): number {
  const longest = Math.max(0, Math.floor(longestRestMs / intervalMs) - 1);
  return Math.min(longest, 2 ** Math.max(0, Math.min(failures, 16) - 2) - 1);
}
