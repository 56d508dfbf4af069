import { expect, test } from "vitest";
import { environmentBlocks, mergeEnvironmentGpus } from "#lib/client/environment-map";
import { heatmapSizes, layOut } from "#lib/client/heatmap-layout";
import { newId } from "#lib/domain/id";
import type { EnvironmentGpus } from "#lib/schemas/environment-gpus";

function nodesOf(count: number, group = "workers"): EnvironmentGpus["nodes"] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ id: newId("node"), name: `${group}-${n + 1}`, group, age: 10_000 },
    values: Array.from({ length: 8 }, (__, gpu) => gpu),
  }));
}

test("few nodes are large, each under its name; many are small, in blocks of one group", () => {
  const one = environmentBlocks(nodesOf(1));
  expect(one.blocks.map(({ name }) => name)).toEqual(["workers-1"]);
  expect(one.size).toBe(heatmapSizes.large);
  expect(environmentBlocks(nodesOf(16)).blocks).toHaveLength(16);

  const many = environmentBlocks([...nodesOf(128), ...nodesOf(2, "login")]);
  expect(many.size).toBe(heatmapSizes.small);
  expect(many.blocks.map(({ name, nodes }) => [name, nodes.length])).toEqual([
    ...Array.from({ length: 8 }, (_, n) => [`workers-${n * 16 + 1} on`, 16]),
    ["login-1 on", 2],
  ]);
  // On one screen, as wide as a page is.
  const shape = many.blocks.map(({ nodes }) => nodes.map(({ values }) => values.length));
  expect(layOut(shape, 1_100, many.size).height).toBeLessThan(300);
  expect(environmentBlocks([]).blocks).toEqual([]);
});

test("a node that was told of is as it was told, the others grow old; a new one has to be asked for", () => {
  const [first, second] = nodesOf(2);
  if (!first || !second) throw new Error("two nodes were given");
  const at = { metric: "utilization", scrapeMs: 15_000, nowMs: 1_000_000 } as const;
  const map = { ...at, nodes: [first, { ...second, age: 80_000 }] };
  const later = { ...at, nowMs: 1_015_000 };
  const told = { id: first.id, age: 500, values: [9, null] };
  expect(mergeEnvironmentGpus(map, { ...later, nodes: [told] })).toEqual({
    ...later,
    nodes: [
      { ...first, ...told },
      { ...second, age: 95_000, values: second.values.map(() => null) },
    ],
  });
  const added = { ...told, id: newId("node") };
  expect(mergeEnvironmentGpus(map, { ...later, nodes: [told, added] })).toBeNull();
  expect(mergeEnvironmentGpus(map, { ...at, nodes: [told] })).toBe(map);
  expect(mergeEnvironmentGpus(map, { ...later, metric: "power", nodes: [told] })).toBe(map);
});
