import fc from "fast-check";
import { expect, test } from "vitest";
import { elevationOf } from "#lib/domain/node/elevation";

const node = (name: string, unit: number | null, height: number) => ({ name, unit, height });
const drawn = (units: number, ...nodes: ReturnType<typeof node>[]) => {
  const { slots, elsewhere } = elevationOf(units, nodes);
  return [
    ...slots.map(
      ({ lowest, highest, nodes }) => `${lowest}-${highest} ${nodes.map((n) => n.name).join("+")}`,
    ),
    ...elsewhere.map((n) => `? ${n.name}`),
  ];
};

test("draws nodes from the top down, each over all the units that it fills", () => {
  expect(drawn(42, node("low", 1, 8), node("high", 20, 2))).toEqual(["20-21 high", "1-8 low"]);
});

test("nodes that share units are drawn together", () => {
  expect(drawn(42, node("a", 1, 2), node("b", 2, 2), node("c", 4, 1))).toEqual([
    "4-4 c",
    "1-3 a+b",
  ]);
});

test("what has no place in the rack stands beside it", () => {
  expect(drawn(10, node("unknown", null, 1), node("over", 9, 3), node("fits", 8, 3))).toEqual([
    "8-10 fits",
    "? unknown",
    "? over",
  ]);
});

test("every node is drawn once, and no two slots share a unit", () => {
  const some = fc.record({
    unit: fc.option(fc.integer({ min: 1, max: 50 })),
    height: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), (nodes) => {
      const { slots, elsewhere } = elevationOf(42, nodes);
      expect(slots.flatMap((slot) => slot.nodes).length + elsewhere.length).toBe(nodes.length);
      for (const [at, slot] of slots.entries()) {
        expect(slot.highest).toBeLessThanOrEqual(42);
        expect(slots[at + 1]?.highest ?? 0).toBeLessThan(slot.lowest);
      }
    }),
  );
});
