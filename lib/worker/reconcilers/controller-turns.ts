import type { Id } from "#lib/domain/id";

/** When a node's controller is looked at next. */
export type Turn = {
  dueMs: number;
  /** Looks in a row that got no answer. */
  failures: number;
  busy: boolean;
};

/** How long a look lasts at a slow controller that answers. */
const slowLookMs = 10_000;
const fewestSlots = 4;
const mostSlots = 32;

/** How many controllers are looked at at once, so that each has its look in the interval. */
export function slotsFor(nodes: number, intervalMs: number): number {
  const needed = Math.ceil((nodes * slowLookMs) / intervalMs);
  return Math.min(mostSlots, Math.max(fewestSlots, needed));
}

/**
 * Whose turn it is, the longest due first. Controllers that gave no answer last time are waited for long:
 * they have a quarter of the slots beside the others', and keep none that answers from its look.
 */
export function nextTurns(
  turns: ReadonlyMap<Id<"node">, Turn>,
  intervalMs: number,
  nowMs: number,
): Id<"node">[] {
  const slots = slotsFor(turns.size, intervalMs);
  const free = { answering: slots, silent: Math.ceil(slots / 4) };
  const kindOf = ({ failures }: Turn) => (failures === 0 ? "answering" : "silent");
  for (const turn of turns.values()) if (turn.busy) free[kindOf(turn)]--;
  return [...turns]
    .filter(([, turn]) => !turn.busy && turn.dueMs <= nowMs)
    .toSorted(([, a], [, b]) => a.dueMs - b.dueMs)
    .filter(([, turn]) => free[kindOf(turn)]-- > 0)
    .map(([nodeId]) => nodeId);
}
