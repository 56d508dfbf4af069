import { expect, test } from "vitest";
import { mergeFleetGpus } from "#lib/client/merge-fleet-gpus";
import { newId } from "#lib/domain/id";
import type { FleetGpus, FleetGpusTail } from "#lib/schemas/fleet-gpus";

const [first, second, third] = [newId("node"), newId("node"), newId("node")];
const none = { nodes: [], total: 0 };
const lists = { hottest: none, idlest: none, throttling: none, xids: none, models: [] };
const node = { lifecycle: "active" as const, environment: 0, values: [1, 2] };

function mapOf(metric: FleetGpus["metric"] = "utilization"): FleetGpus {
  const nodes = [
    { ...node, id: first, name: "a", age: 10_000 },
    { ...node, id: second, name: "b", age: 80_000, values: [0, 2] },
  ];
  const racks = [{ id: newId("rack"), name: "r1", nodes }];
  return { ...lists, metric, scrapeMs: 15_000, nowMs: 1_000_000, environments: ["train"], racks };
}

function tailOf(change: Partial<FleetGpusTail> = {}): FleetGpusTail {
  return {
    ...{ ...lists, metric: "utilization", scrapeMs: 15_000, nowMs: 1_015_000, nodes: [] },
    ...change,
  };
}

const nodesOf = (map: FleetGpus | null) => map?.racks.flatMap(({ nodes }) => nodes);

test("a node that was told of is as it was told; the others grow old, and unknown in the end", () => {
  const told = { id: first, lifecycle: "releasing" as const, age: 500, values: [9, null] };
  const merged = mergeFleetGpus(mapOf(), tailOf({ nodes: [{ ...told, environment: "other" }] }));
  expect(merged).toMatchObject({ nowMs: 1_015_000, environments: ["train", "other"] });
  expect(nodesOf(merged)).toEqual([
    { ...told, name: "a", environment: 1 },
    { ...node, id: second, name: "b", age: 95_000, values: [null, null] },
  ]);
  const free = mergeFleetGpus(mapOf(), tailOf({ nodes: [{ ...told, environment: null }] }));
  expect(nodesOf(free)?.[0]?.environment).toBeNull();
});

test("of a node that falls silent its reasons stay, and that it is well does not", () => {
  const merged = mergeFleetGpus(mapOf("health"), tailOf({ metric: "health" }));
  expect(nodesOf(merged)?.map(({ values }) => values)).toEqual([
    [1, 2],
    [null, 2],
  ]);
});

test("where exporters are asked less often, what they told is the present for longer", () => {
  const seldom = { scrapeMs: 120_000 };
  const merged = mergeFleetGpus({ ...mapOf(), ...seldom }, tailOf(seldom));
  expect(nodesOf(merged)?.[1]).toMatchObject({ age: 95_000, values: [0, 2] });
});

test("what is older than the map, or of another metric, changes nothing; a new node has to be asked for", () => {
  const map = mapOf();
  expect(mergeFleetGpus(map, tailOf({ nowMs: 1_000_000 }))).toBe(map);
  expect(mergeFleetGpus(map, tailOf({ metric: "power" }))).toBe(map);
  const added = { ...node, id: third, age: 0, environment: "train" };
  expect(mergeFleetGpus(map, tailOf({ nodes: [added] }))).toBeNull();
});
