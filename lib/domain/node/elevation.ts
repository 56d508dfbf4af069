/** A node of a rack: its lowest unit, counted from 1 at the floor, and how many it fills. */
export type Mounted = { unit: number | null; height: number };

/** A stretch of units and what fills it: several nodes where their places overlap. */
export type Slot<N extends Mounted> = { lowest: number; highest: number; nodes: N[] };

export type Elevation<N extends Mounted> = {
  /** From the top down; units that nothing fills are in none. */
  slots: Slot<N>[];
  /** Nodes whose unit is not known, or whose place is not in the rack. */
  elsewhere: N[];
};

/**
 * Where each node is drawn in a rack of so many units. Nodes that share a unit are one slot: two in
 * one chassis are right, and a mistake in the list is seen.
 */
export function elevationOf<N extends Mounted>(units: number, nodes: readonly N[]): Elevation<N> {
  const slots: Slot<N>[] = [];
  const elsewhere: N[] = [];
  for (const node of nodes.toSorted((a, b) => (a.unit ?? 0) - (b.unit ?? 0))) {
    const { unit, height } = node;
    if (unit === null || unit < 1 || unit + height - 1 > units) {
      elsewhere.push(node);
      continue;
    }
    const highest = unit + height - 1;
    const below = slots.at(-1);
    if (below && below.highest >= unit) {
      below.nodes.push(node);
      below.highest = Math.max(below.highest, highest);
    } else {
      slots.push({ lowest: unit, highest, nodes: [node] });
    }
  }
  return { slots: slots.reverse(), elsewhere };
}
