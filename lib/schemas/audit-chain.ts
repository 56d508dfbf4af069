/** What the walk of one chain of audit events found. */
export type VerifiedChain = {
  /** The tenant's name, or null for the fleet's own chain. */
  tenant: string | null;
  /** How many events it has, and up to which of them it holds. */
  length: number;
  verifiedTo: number;
  /** The hash of the last one, to be kept elsewhere: with it the end of a chain can be proven, too. */
  head: string;
  fault: { words: string; eventId: string | null } | null;
};

export type VerifiedAudit = { at: string; chains: VerifiedChain[] };
