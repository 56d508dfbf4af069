import type { Difference, DifferenceField } from "#lib/domain/node/node-type";

/** A difference from the node type that an operator took as it is, for this node. */
export type AcceptedDifference = {
  field: DifferenceField;
  expected: string;
  found: string | null;
  /** The whole sentence, which names the parts: another part is another difference. */
  words: string;
  reason: string;
  /** The operator's name, and when (ISO 8601). */
  by: string;
  at: string;
};

type Seen = Pick<Difference, "field" | "words">;

/** Two readings of one difference: the same field of the same parts, and the same on both sides. */
export function isSameDifference(a: Seen, b: Seen): boolean {
  return a.field === b.field && a.words === b.words;
}

/** The differences that nobody has accepted: what still keeps a node from being available. */
export function openDifferences(
  differences: readonly Difference[],
  accepted: readonly AcceptedDifference[],
): Difference[] {
  return differences.filter(
    (difference) => !accepted.some((other) => isSameDifference(difference, other)),
  );
}
