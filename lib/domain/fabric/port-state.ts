/**
 * What can be said of a port of a node: `up`; `slow`, when it runs below what the node type expects;
 * `down`, when it had no link while others of the node had; `unknown` otherwise.
 */
export const portStates = ["up", "slow", "down", "unknown"] as const;
export type PortState = (typeof portStates)[number];

/**
 * Judges a port by what its node's controller said of it, and by what the fabric said of the link.
 * `hadLink`: any port of the node had one then. Without, the node may have been off, and nothing
 * can be said of one port.
 */
export function portState(port: {
  linkUp: boolean | null;
  rateGbps: number | null;
  expectedGbps: number | null;
  hadLink: boolean;
}): { state: PortState; words: string } {
  const { linkUp, rateGbps, expectedGbps, hadLink } = port;
  if (rateGbps !== null && expectedGbps !== null && rateGbps < expectedGbps) {
    return { state: "slow", words: `${rateGbps} Gb/s, and the node type expects ${expectedGbps}.` };
  }
  if (linkUp === false && hadLink) return { state: "down", words: "It has no link." };
  if (linkUp === true || rateGbps !== null) return { state: "up", words: "" };
  return {
    state: "unknown",
    words: linkUp === null ? "" : "No port of the node had a link when it was read.",
  };
}
