"use client";

import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useThemeChanges, useWidth } from "#lib/client/canvas";
import { drawMap } from "#lib/client/draw-map";
import {
  cellAfter,
  cellAt,
  type HeatmapKey,
  type HeatmapSize,
  layOut,
} from "#lib/client/heatmap-layout";
import { gpuWords, type MapBlock, metricLooks } from "#lib/client/map-look";
import type { MapTold } from "#lib/schemas/gpu-map";

const keys: readonly string[] = [
  ...["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"],
];

/** Until the width is known the map is as high as on a usual screen, so that what is below it moves little. */
const usualWidth = 1_000;

export type GpuMapProps<Block extends MapBlock> = {
  told: Pick<MapTold, "metric" | "scrapeMs">;
  blocks: readonly Block[];
  size: HeatmapSize;
  /** Whose the GPUs of a node are, in a word or two. */
  whose: (node: Block["nodes"][number]) => string;
  /** What Enter and a click do, after "Enter opens". */
  opens: string;
  onOpen: (node: Block["nodes"][number], gpu: number) => void;
};

/**
 * Every GPU as a cell, block by block. Under the pointer or the focus it says what it is; a click or
 * Enter opens it. Arrow keys walk from cell to cell.
 */
export function GpuMap<Block extends MapBlock>({
  told,
  blocks,
  size,
  whose,
  opens,
  onOpen,
}: GpuMapProps<Block>) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const hintId = useId();
  const width = useWidth(host);
  const theme = useThemeChanges();
  const [focused, setFocused] = useState(0);
  const [hovered, setHovered] = useState(-1);
  const [hasFocus, setHasFocus] = useState(false);

  // Where cells stand changes with the nodes, not with what is told of them.
  const shape = blocks
    .map(({ nodes }) => nodes.map(({ values }) => values.length).join())
    .join(";");
  const layout = useMemo(
    () =>
      layOut(
        shape === "" ? [] : shape.split(";").map((block) => block.split(",").map(Number)),
        width || usualWidth,
        size,
      ),
    [shape, width, size],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is drawn anew
  useEffect(() => {
    if (canvas.current && width > 0) {
      drawMap(canvas.current, { metric: told.metric, blocks }, layout, width);
    }
  }, [told.metric, blocks, layout, width, theme]);

  const shownAt = hovered >= 0 ? hovered : hasFocus ? focused : -1;
  const shown = layout.cells[shownAt];
  const marked = layout.cells[focused];
  const gpuAt = (index: number) => {
    const cell = layout.cells[index];
    const node: Block["nodes"][number] | undefined = cell && blocks[cell.block]?.nodes[cell.node];
    return cell && node && { node, gpu: cell.gpu };
  };
  const wordsAt = (index: number) => {
    const at = gpuAt(index);
    return at ? gpuWords(told, at.node, at.gpu, whose(at.node)) : "";
  };
  const open = (index: number) => {
    const at = gpuAt(index);
    if (at) onOpen(at.node, at.gpu);
  };
  const under = (event: MouseEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    return box ? cellAt(layout, event.clientX - box.left, event.clientY - box.top) : -1;
  };
  function onKeyDown(event: KeyboardEvent) {
    // Alt and an arrow is the browser's way back.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") open(focused);
    else if (keys.includes(event.key))
      setFocused(cellAfter(layout, focused, event.key as HeatmapKey));
    else return;
    event.preventDefault();
  }

  return (
    <div ref={host} className="relative min-w-0" style={{ minHeight: layout.height }}>
      <div
        role="application"
        aria-roledescription="map of GPUs"
        aria-label={`${metricLooks[told.metric].label} of ${layout.cells.length} ${layout.cells.length === 1 ? "GPU" : "GPUs"}`}
        aria-describedby={hintId}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked through by keys
        tabIndex={0}
        onFocus={() => setHasFocus(true)}
        onBlur={() => setHasFocus(false)}
        onKeyDown={onKeyDown}
        className="rounded-sm"
      >
        <canvas
          ref={canvas}
          className={hovered >= 0 ? "cursor-pointer" : ""}
          style={{ width: "100%", height: layout.height }}
          onMouseMove={(event) => setHovered(under(event))}
          onMouseLeave={() => setHovered(-1)}
          onClick={(event) => {
            const index = under(event);
            if (index < 0) return;
            setFocused(index);
            open(index);
          }}
        />
        <span id={hintId} className="sr-only">
          Arrow keys go from GPU to GPU, Enter opens {opens}. The table below has the same values.
        </span>
        <span role="status" className="sr-only">
          {hasFocus ? wordsAt(focused) : ""}
        </span>
      </div>
      {hasFocus && marked && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute rounded-xs outline-2 outline-accent"
          style={{ left: marked.x, top: marked.y, width: size.cell, height: size.cell }}
        />
      )}
      {shown && (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute z-10 w-max max-w-72 rounded-md bg-raised px-2.5 py-2 text-xs shadow-raised"
          style={{
            top: shown.y + size.pitch + 6,
            ...(shown.x > width / 2 ? { right: width - shown.x - size.pitch } : { left: shown.x }),
          }}
        >
          <MapReading words={wordsAt(shownAt)} />
        </div>
      )}
    </div>
  );
}

/** The first two parts of the sentence, name and value, before the rest. */
function MapReading({ words }: { words: string }) {
  const [node, gpu, value, ...rest] = words.split(", ");
  return (
    <>
      <div className="font-medium text-ink">
        {node}, {gpu}
      </div>
      <div className="text-ink">{value}</div>
      <div className="text-muted">{rest.join(", ")}</div>
    </>
  );
}
