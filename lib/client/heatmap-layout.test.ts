import { expect, test } from "vitest";
import { cellAfter, cellAt, heatmapSizes, layOut } from "#lib/client/heatmap-layout";

const racks = [[8, 8, 4], [8], [1, 1], [8, 8]];

test("every GPU has one cell, none over another, and is found where it is drawn", () => {
  for (const [width, of] of [
    ...([90, 240, 1_200] as const).map((width) => [width, "small"] as const),
    [240, "large"],
  ] as const) {
    const { cell } = heatmapSizes[of];
    const layout = layOut(racks, width, heatmapSizes[of]);
    expect(layout.cells).toHaveLength(46);
    expect(new Set(layout.cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(46);
    for (const [index, { x, y }] of layout.cells.entries()) {
      expect(cellAt(layout, x + 5, y + 5)).toBe(index);
    }
    const lowest = Math.max(...layout.cells.map(({ y }) => y + cell));
    expect(layout.height).toBeGreaterThanOrEqual(lowest);
  }
  expect(cellAt(layOut(racks, 1_200), 5, 5)).toBe(-1);
  expect(cellAt(layOut(racks, 1_200), 5_000, 5_000)).toBe(-1);
});

test("the arrow keys reach every cell from the first, and stop at the edges", () => {
  const layout = layOut(racks, 240);
  const reached = new Set([0]);
  const next = [0];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] as const) {
      const to = cellAfter(layout, at, key);
      if (!reached.has(to)) next.push(to);
      reached.add(to);
    }
  }
  expect(reached.size).toBe(layout.cells.length);
  expect(cellAfter(layout, 0, "ArrowLeft")).toBe(0);
  expect(cellAfter(layout, 5, "End")).toBe(45);
  expect(cellAfter(layout, 5, "Home")).toBe(0);
  expect(cellAfter(layOut([], 240), 0, "ArrowDown")).toBe(-1);
});
