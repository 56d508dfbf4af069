/** A cell of the map: one GPU of a node of a block, and where it is drawn. */
export type HeatmapCell = { block: number; node: number; gpu: number; x: number; y: number };

/** A block's name over its nodes. */
export type HeatmapBlock = { block: number; x: number; y: number; width: number; height: number };

export type HeatmapLayout = {
  cells: HeatmapCell[];
  blocks: HeatmapBlock[];
  height: number;
  /** The index in `cells` of a node's first GPU, by block and node. */
  firstOf: number[][];
  size: HeatmapSize;
};

/** In CSS pixels: a cell, from one to the next, the name over a block, and between blocks. */
export type HeatmapSize = { cell: number; pitch: number; label: number; gap: number };
/** Of many GPUs, and of few. */
export const heatmapSizes = {
  small: { cell: 11, pitch: 13, label: 18, gap: 16 },
  large: { cell: 24, pitch: 27, label: 20, gap: 20 },
} as const satisfies Record<string, HeatmapSize>;

/**
 * Lays blocks out in lines, each node a line of its GPUs in its block, as wide as there is room. A block is
 * never split; one wider than the room stands alone.
 */
export function layOut(
  all: readonly (readonly number[])[],
  width: number,
  size: HeatmapSize = heatmapSizes.small,
): HeatmapLayout {
  const { pitch, label, gap } = size;
  const cells: HeatmapCell[] = [];
  const blocks: HeatmapBlock[] = [];
  const firstOf: number[][] = [];
  let [x, y, lineHeight] = [0, 0, 0];
  for (const [block, nodes] of all.entries()) {
    const blockWidth = Math.max(4, ...nodes) * pitch;
    const blockHeight = label + nodes.length * pitch;
    if (x > 0 && x + blockWidth > width) [x, y, lineHeight] = [0, y + lineHeight + gap, 0];
    blocks.push({ block, x, y, width: blockWidth, height: blockHeight });
    const first: number[] = [];
    for (const [node, gpus] of nodes.entries()) {
      first.push(cells.length);
      for (let gpu = 0; gpu < gpus; gpu++) {
        cells.push({ block, node, gpu, x: x + gpu * pitch, y: y + label + node * pitch });
      }
    }
    firstOf.push(first);
    lineHeight = Math.max(lineHeight, blockHeight);
    x += blockWidth + gap;
  }
  return { cells, blocks, height: y + lineHeight, firstOf, size };
}

/** The index of the cell under a point, or -1 between cells. */
export function cellAt(layout: HeatmapLayout, x: number, y: number): number {
  const { pitch, label } = layout.size;
  const block = layout.blocks.find(
    (one) => x >= one.x && x < one.x + one.width && y >= one.y + label && y < one.y + one.height,
  );
  if (!block) return -1;
  const node = Math.floor((y - block.y - label) / pitch);
  const gpu = Math.floor((x - block.x) / pitch);
  const at = (layout.firstOf[block.block]?.[node] ?? -1) + gpu;
  const cell = layout.cells[at];
  return cell?.block === block.block && cell.node === node && cell.gpu === gpu ? at : -1;
}

const directions = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
} as const;
export type HeatmapKey = keyof typeof directions | "Home" | "End";

/**
 * The cell that a key leads to from another: the nearest one in that direction, with what is out of
 * line counted twice; the same one where there is none. Every cell can be reached.
 */
export function cellAfter(layout: HeatmapLayout, from: number, key: HeatmapKey): number {
  if (key === "Home") return 0;
  if (key === "End") return layout.cells.length - 1;
  const start = layout.cells[from];
  if (!start) return layout.cells.length > 0 ? 0 : -1;
  const [dx, dy] = directions[key];
  let [best, least] = [from, Infinity];
  for (const [index, cell] of layout.cells.entries()) {
    const along = (cell.x - start.x) * dx + (cell.y - start.y) * dy;
    if (along <= 0) continue;
    const aside = Math.abs((cell.x - start.x) * dy) + Math.abs((cell.y - start.y) * dx);
    // Sideways one stays in the line; up and down one may slip to a shorter node.
    const distance = along + aside * (dy === 0 ? 1_000 : 2);
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}
