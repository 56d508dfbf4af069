import { expect, test } from "vitest";
import { type Id, newId } from "#lib/domain/id";
import { nextTurns, slotsFor, type Turn } from "#lib/worker/reconcilers/controller-turns";

const minute = 60_000;

function turnsOf(...all: [count: number, turn: Partial<Turn>][]): Map<Id<"node">, Turn> {
  return new Map(
    all.flatMap(([count, turn]) =>
      Array.from({ length: count }, (_, n): [Id<"node">, Turn] => [
        newId("node"),
        { dueMs: n, failures: 0, busy: false, ...turn },
      ]),
    ),
  );
}

test("as many controllers are looked at at once as a fleet needs, within bounds", () => {
  expect([1, 60, 120, 600].map((nodes) => slotsFor(nodes, minute))).toEqual([4, 10, 20, 32]);
  expect(slotsFor(60, 10 * minute)).toBe(4);
});

test("controllers that gave no answer wait for each other, and keep none that answers from its look", () => {
  const turns = turnsOf([40, { failures: 3 }], [20, { dueMs: 500 }]);
  const failuresOf = (nodeId: Id<"node">) => turns.get(nodeId)?.failures;
  const next = nextTurns(turns, minute, 1_000).map(failuresOf);
  expect(next.filter((failures) => failures === 3)).toHaveLength(3);
  expect(next.filter((failures) => failures === 0)).toHaveLength(10);
  // Of those under way as many fewer begin.
  const later = nextTurns(
    new Map([...turns, ...turnsOf([3, { failures: 1, busy: true }], [8, { busy: true }])]),
    minute,
    1_000,
  );
  expect(later.map(failuresOf)).toEqual([0, 0, 0, 0]);
  expect(nextTurns(turns, minute, 499).map(failuresOf)).toEqual([3, 3, 3]);
});
