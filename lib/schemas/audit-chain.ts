/** What the walk of one chain of audit events found. */
export type VerifiedChain = {
  /** The tenant's short name, or null for the fleet's own chain; its id where there is no such tenant any more. */
  tenant: string | null;
  /** How many events it has, and up to which of them it holds. */
  length: number;
  verifiedTo: number;
  /** The hash of the last one, to be kept elsewhere: with it the end of a chain can be proven, too. */
  head: string;
  /** Up to which event the worker has signed it, and when; null where it has signed nothing of it yet. */
  sealed: { length: number; at: string } | null;
  fault: { words: string; eventId: string | null } | null;
};

export type VerifiedAudit = { at: string; chains: VerifiedChain[] };
