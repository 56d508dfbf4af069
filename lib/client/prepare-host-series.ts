import { boundsOf, type ChartRow, rowsOf } from "#lib/client/chart-rows";
import { isLive } from "#lib/client/prepare-gpu-series";
import { type BucketSeries, firstFrom, presentOf, summarize } from "#lib/domain/telemetry/buckets";
import { type HostMetric, hostMetricSpecs } from "#lib/domain/telemetry/host-metric";
import type { Stretch } from "#lib/domain/telemetry/stretch";
import type { HostTelemetry } from "#lib/schemas/host-telemetry";
import type { TelemetryEvent } from "#lib/schemas/telemetry";

type Node = HostTelemetry["nodes"][number];

/** One line of a chart; `id` is its column. */
type HostLine = {
  id: HostMetric;
  label: string;
  /** The columns of its least and greatest values, which it is drawn between where it is alone (`band`). */
  bounds: { low: string; high: string };
  band?: { low: string; high: string };
};

export type HostChart = {
  id: "cpu" | "load" | "memory" | "network" | "disk" | "infiniband";
  label: string;
  unit: (typeof hostMetricSpecs)[HostMetric]["unit"];
  lines: HostLine[];
  rows: ChartRow[];
  /** What the lines are held against. */
  limit?: { value: number; label: string };
};

export type PreparedHost = {
  window: HostTelemetry["window"];
  store: HostTelemetry["store"];
  range: { from: number; to: number };
  /** The width of a bucket. */
  stepMs: number;
  nodes: Node[];
  /** The node whose host the charts show; `null` when the environment has had none. */
  node: Node | null;
  /** Whether samples of that host come in; if not, no value of it may be told as the present one. */
  live: boolean;
  charts: HostChart[];
  /** What each metric is at present, see `presentOf`; one that is no key is unknown. */
  present: Partial<Record<HostMetric, number>>;
  /** What it was on the mean of what is shown; one that is no key is unknown. */
  means: Partial<Record<HostMetric, number>>;
  /** What happened to the node in the window, oldest first. */
  events: readonly TelemetryEvent[];
  /** When the answer was given, by the server's clock, and how often the host is measured. */
  nowMs: number;
  scrapeMs: number;
};

const charts: readonly { id: HostChart["id"]; label: string; lines: [HostMetric, string][] }[] = [
  { id: "cpu", label: "CPU busy", lines: [["cpu_busy", "Busy"]] },
  { id: "load", label: "Load", lines: [["load1", "1 minute"]] },
  { id: "memory", label: "Memory", lines: [["mem_used", "Used"]] },
  {
    id: "network",
    label: "Network",
    lines: [
      ["net_rx", "Received"],
      ["net_tx", "Sent"],
    ],
  },
  {
    id: "disk",
    label: "Disks",
    lines: [
      ["disk_read", "Read"],
      ["disk_write", "Written"],
    ],
  },
  {
    // The counters are those of the adapters' ports, whichever of the two they speak.
    id: "infiniband",
    label: "InfiniBand or RoCE",
    lines: [
      ["ib_rx", "Received"],
      ["ib_tx", "Sent"],
    ],
  },
];

/**
 * Turns an answer into what charts and tables show: a bucket without a sample stays a gap, a metric
 * without samples stays unknown. A line that is alone is drawn between its least and greatest values;
 * InfiniBand is left out where the host names none. `stretch` as with `prepareGpuSeries`.
 */
export function prepareHostSeries(
  telemetry: HostTelemetry,
  stretch: Stretch | null = null,
): PreparedHost {
  const { grid, nodes, nodeId, window, nowMs, scrapeMs, store, metrics } = telemetry;
  const first = stretch ? firstFrom(grid, stretch.from) : 0;
  const node = nodes.find(({ id }) => id === nodeId) ?? null;
  return {
    ...{ window, nowMs, scrapeMs, store, events: telemetry.events },
    range: { from: grid.fromMs, to: grid.fromMs + grid.count * grid.stepMs },
    stepMs: grid.stepMs,
    nodes,
    node,
    live: node !== null && isLive(node, telemetry),
    charts: charts
      .filter(({ id, lines }) => id !== "infiniband" || lines.some(([metric]) => metrics[metric]))
      .map((chart) => chartOf(chart, telemetry)),
    present: figures(metrics, (series) => presentOf(series, grid, telemetry)),
    means: figures(metrics, (series) => summarize(series, first)?.mean ?? null),
  };
}

/** A figure of each metric; one that is not known is no key. */
function figures(
  metrics: HostTelemetry["metrics"],
  figureOf: (series: BucketSeries) => number | null,
): Partial<Record<HostMetric, number>> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([metric, series]) => {
      const figure = series ? figureOf(series) : null;
      return figure === null ? [] : [[metric, figure]];
    }),
  );
}

function chartOf(
  { id, label, lines }: (typeof charts)[number],
  { grid, metrics }: HostTelemetry,
): HostChart {
  const alone = lines.length === 1;
  const rows = rowsOf(
    grid,
    lines.map(([metric]) => [metric, metrics[metric]]),
  );
  const total = id === "memory" && metrics.mem_total ? summarize(metrics.mem_total) : null;
  const [first] = lines;
  return {
    id,
    label,
    unit: first ? hostMetricSpecs[first[0]].unit : "count",
    lines: lines.map(([metric, name]) => {
      const bounds = boundsOf(metric);
      return { id: metric, label: name, bounds, ...(alone && { band: bounds }) };
    }),
    rows,
    ...(total && { limit: { value: total.max, label: "Total" } }),
  };
}
