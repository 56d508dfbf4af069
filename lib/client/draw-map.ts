import { colorsOf, contextOf } from "#lib/client/canvas";
import type { HeatmapLayout } from "#lib/client/heatmap-layout";
import { type MapBlock, mapTokens, metricLooks } from "#lib/client/map-look";
import type { MapMetric } from "#lib/schemas/gpu-map";

/** Steps of a scale's colours: more are not told apart, and fewer colours are drawn faster. */
const shades = 24;

/** Draws every GPU's cell; unknown ones hatched, never the colour of a low value. */
export function drawMap(
  canvas: HTMLCanvasElement,
  { metric, blocks }: { metric: MapMetric; blocks: readonly MapBlock[] },
  layout: HeatmapLayout,
  width: number,
): void {
  const context = contextOf(canvas, width, layout.height);
  const host = canvas.parentElement;
  if (!context || !host) return;
  const colors = colorsOf(host, mapTokens);
  const color = (token: string) => colors[token] ?? "gray";
  const { cell, label } = layout.size;
  const { scale } = metricLooks[metric];

  context.font = `11px ${getComputedStyle(host).fontFamily}`;
  context.textBaseline = "alphabetic";
  context.fillStyle = color("muted");
  for (const block of layout.blocks) {
    const name = blocks[block.block]?.name ?? "";
    context.fillText(name, block.x, block.y + label - 6, block.width);
  }

  const palette = scale
    ? Array.from({ length: shades }, (_, n) =>
        mix(color(scale.low), color(scale.high), n / (shades - 1)),
      )
    : [mix(color("selected"), color("ok"), 0.35), color("attention"), color("critical")];
  const unknown = hatching(context, color("faint"));
  for (const { block, node, gpu, x, y } of layout.cells) {
    const value = blocks[block]?.nodes[node]?.values[gpu] ?? null;
    if (value === null) {
      context.fillStyle = unknown ?? color("line");
      context.fillRect(x, y, cell, cell);
      context.strokeStyle = color("line");
      context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
      continue;
    }
    if (scale) {
      const share = (value - scale.from) / (scale.to - scale.from);
      const shade = Math.round(Math.min(1, Math.max(0, share)) * (shades - 1));
      context.fillStyle = palette[shade] ?? color("line");
      context.fillRect(x, y, cell, cell);
    } else {
      context.fillStyle = palette[value] ?? color("line");
      shapes[value]?.(context, x, y, cell);
    }
  }
}

/** Of health, each state has a shape as well as a colour: a square, a triangle, a diamond. */
const shapes: Record<
  number,
  (context: CanvasRenderingContext2D, x: number, y: number, size: number) => void
> = {
  0: (context, x, y, size) => context.fillRect(x, y, size, size),
  1: (context, x, y, size) =>
    polygon(context, [
      [x + size / 2, y],
      [x + size, y + size],
      [x, y + size],
    ]),
  2: (context, x, y, size) =>
    polygon(context, [
      [x + size / 2, y - 1],
      [x + size + 1, y + size / 2],
      [x + size / 2, y + size + 1],
      [x - 1, y + size / 2],
    ]),
};

function polygon(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.fill();
}

function hatching(context: CanvasRenderingContext2D, color: string): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 4;
  tile.height = 4;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.strokeStyle = color;
  pen.globalAlpha = 0.6;
  pen.beginPath();
  for (const [x, y] of [
    [-1, 1],
    [0, 4],
    [3, 5],
  ] as const) {
    pen.moveTo(x, y);
    pen.lineTo(x + (x === 0 ? 4 : 2), y - (x === 0 ? 4 : 2));
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

/** A colour so much of the way from one to another; both as `rgb(…)`. */
function mix(from: string, to: string, share: number): string {
  const a = from.match(/[\d.]+/g)?.map(Number) ?? [];
  const b = to.match(/[\d.]+/g)?.map(Number) ?? [];
  const part = (n: number) => Math.round((a[n] ?? 0) + ((b[n] ?? 0) - (a[n] ?? 0)) * share);
  return `rgb(${part(0)} ${part(1)} ${part(2)})`;
}
