"use client";

import { useSearchParams } from "next/navigation";
import { Button } from "#components/ui/button";
import { Select } from "#components/ui/select";
import { changeAddress } from "#lib/client/change-address";
import { formatUtc } from "#lib/client/format";
import type { Id } from "#lib/domain/id";
import { chartedMetrics } from "#lib/domain/telemetry/charted";
import { fitStretch, type Stretch } from "#lib/domain/telemetry/stretch";
import { type TelemetryWindow, telemetryWindows, windowSpecs } from "#lib/domain/telemetry/window";
import { mapMetrics } from "#lib/schemas/gpu-map";
import { type TelemetryNodeView, telemetryQuery } from "#lib/schemas/telemetry";

export type Choose = (
  param: "window" | "node" | "gpu" | "layout" | "metric" | "map",
  value: string | null,
) => void;

/** How far back the charts reach, out of what they offer. */
export function WindowChoice<Window extends TelemetryWindow>({
  window,
  windows,
  choose,
}: {
  window: Window;
  windows: readonly Window[];
  choose: Choose;
}) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Window</legend>
      {windows.map((one) => (
        <Button
          key={one}
          size="sm"
          variant={one === window ? "secondary" : "ghost"}
          aria-pressed={one === window}
          aria-label={`Last ${windowSpecs[one].label}`}
          onClick={() => choose("window", one)}
        >
          {one}
        </Button>
      ))}
    </fieldset>
  );
}

/** Which of several nodes the charts show. */
export function NodeChoice({
  nodes,
  node,
  choose,
}: {
  nodes: readonly TelemetryNodeView[];
  node: TelemetryNodeView | null;
  choose: Choose;
}) {
  if (nodes.length < 2) return null;
  return (
    <Select
      aria-label="Node"
      className="w-auto"
      value={node?.id ?? ""}
      onChange={(event) => choose("node", event.target.value)}
      options={nodes.map(({ id, hostname }) => ({ value: id, label: hostname }))}
    />
  );
}

/**
 * The stretch that charts show, and how they are zoomed and moved, by the URL. `told` is the answer that is
 * drawn: of another stretch while the one that is chosen is fetched.
 */
export function chartView(
  { stretch, chooseStretch }: Pick<TelemetryChoice, "stretch" | "chooseStretch">,
  told: { range: Stretch; nowMs: number },
) {
  const range = stretch ?? told.range;
  const onZoom = (to: Stretch | null) => chooseStretch(to && fitStretch(to, told.nowMs));
  return {
    range,
    onZoom,
    /** Moves by so much; there is nothing later than now. */
    onPan(byMs: number) {
      if (byMs > 0 && range.to >= told.nowMs) return;
      onZoom({ from: range.from + byMs, to: range.to + byMs });
    },
  };
}

/** The time that charts show, as the name of a file has it: `24h`, or both ends in UTC. */
export function timeName(window: TelemetryWindow, stretch: Stretch | null): string {
  if (!stretch) return window;
  return [stretch.from, stretch.to].map((at) => formatUtc(at, "seconds")).join(" to ");
}

export type TelemetryChoice = ReturnType<typeof useTelemetryChoice>;

export type ChartView = ReturnType<typeof chartView>;

const hourMs = 3_600_000;

/** Shows the last hour of a node that was given back, where all it told lies before what is shown. */
export function lastHour(
  { heldUntilMs, lastMs }: TelemetryNodeView,
  { range, onZoom }: ChartView,
): (() => void) | undefined {
  if (heldUntilMs === null) return undefined;
  // Scrapes are kept for some days: what is known of it later ends where it was given back.
  const endMs = lastMs ?? heldUntilMs;
  return endMs >= range.from ? undefined : () => onZoom({ from: endMs - hourMs, to: endMs });
}

/** What is chosen, by the URL: the charts of GPUs and those of hosts go by the same. */
export function useTelemetryChoice() {
  const params = useSearchParams();
  const asked = params.get("window");
  const gpu = params.get("gpu");
  const choose: Choose = (param, value) =>
    changeAddress((next) => {
      // Another node has other GPUs.
      if (param === "node") next.delete("gpu");
      if (param === "window") for (const edge of ["from", "to"]) next.delete(edge);
      if (value === null) next.delete(param);
      else next.set(param, value);
    });
  const chooseGpu = (nodeId: Id<"node">, index: number) =>
    changeAddress((next) => {
      next.set("node", nodeId);
      next.set("gpu", String(index));
    });
  const chooseStretch = (stretch: Stretch | null) =>
    changeAddress((next) => {
      for (const edge of ["from", "to"] as const) {
        if (stretch) next.set(edge, String(stretch[edge]));
        else next.delete(edge);
      }
    });
  const { data: edges } = telemetryQuery.safeParse({
    from: params.get("from") ?? undefined,
    to: params.get("to") ?? undefined,
  });
  return {
    /** The stretch of time that the charts are zoomed to; null while they show the window. */
    stretch:
      edges?.from === undefined || edges.to === undefined
        ? null
        : { from: edges.from, to: edges.to },
    chooseStretch,
    window: telemetryWindows.find((one) => one === asked) ?? "15m",
    node: params.get("node"),
    /** A chart for each metric, or one for each GPU of the chosen metric. */
    layout: params.get("layout") === "gpu" ? ("gpu" as const) : ("metric" as const),
    metric: chartedMetrics.find((one) => one === params.get("metric")) ?? chartedMetrics[0],
    gpu: gpu !== null && /^\d{1,2}$/.test(gpu) ? Number(gpu) : null,
    /** What the map of GPUs is coloured by. */
    map: mapMetrics.find((one) => one === params.get("map")) ?? mapMetrics[0],
    choose,
    chooseGpu,
  };
}
