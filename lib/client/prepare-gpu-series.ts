import { boundsOf, type ChartRow, rowsOf } from "#lib/client/chart-rows";
import { type ChartStrip, clockStrips } from "#lib/client/clock-strips";
import {
  type BucketSeries,
  firstFrom,
  presentOf,
  type SeriesSummary,
  summarize,
} from "#lib/domain/telemetry/buckets";
import {
  type ChartedMetric,
  chartedMetrics,
  type TelemetryMetric,
} from "#lib/domain/telemetry/charted";
import { readCounter } from "#lib/domain/telemetry/counter";
import { presentFor, silentAfter } from "#lib/domain/telemetry/fresh";
import { type GpuMetricUnit, gpuMetricSpecs } from "#lib/domain/telemetry/metric";
import type { Stretch } from "#lib/domain/telemetry/stretch";
import type { GpuTelemetry, TelemetryEvent } from "#lib/schemas/telemetry";

type Node = GpuTelemetry["nodes"][number];

type Limit = { value: number; label: string };

/** One GPU in one chart; `id` is its column. */
export type GpuLine = {
  id: string;
  gpu: number;
  label: string;
  /** The columns of its least and greatest values. */
  bounds: { low: string; high: string };
  /** The same where it is alone: it is drawn between them. */
  band?: { low: string; high: string };
  /** What holds this GPU back, and when; of clocks alone. */
  strips?: ChartStrip[];
  /** What this GPU is held against. */
  limit?: Limit;
  /** Of the buckets that begin in what is shown; `null`: nothing is known of this GPU in them. */
  summary: SeriesSummary | null;
  /** What it is at present, see `presentOf`. */
  present: number | null;
};

export type GpuChart = {
  metric: ChartedMetric;
  label: string;
  unit: GpuMetricUnit;
  lines: GpuLine[];
  rows: ChartRow[];
  /** The greatest value of any shown GPU, and of the limit: charts of each have one scale. */
  most: number;
  /** What the lines are held against: the highest limit that a shown GPU has. */
  limit?: Limit;
  /** What holds shown GPUs back, and when. */
  strips?: ChartStrip[];
  /**
   * The columns of the least and greatest values of all shown GPUs, where a bucket holds more than a scrape
   * or two: the means of wide ones hide every dip.
   */
  envelope?: { low: string; high: string };
};

export type PreparedTelemetry = {
  window: GpuTelemetry["window"];
  /** When the answer was given, by the server's clock. */
  nowMs: number;
  /** How often the node is measured. */
  scrapeMs: number;
  range: { from: number; to: number };
  /** The width of a bucket. */
  stepMs: number;
  /** The operator's own store, where that answers. */
  store: GpuTelemetry["store"];
  nodes: Node[];
  /** The node that the charts show; `null` when the environment has had none. */
  node: Node | null;
  /** Whether samples of that node come in; if not, no value of it may be told as the present one. */
  live: boolean;
  /** The GPUs of that node of which anything is known in the window. */
  gpus: number[];
  charts: GpuChart[];
  /** What happened to the node in the window, and where its GPUs' counters began anew, oldest first. */
  events: readonly TelemetryEvent[];
  /** What the shown GPUs used in the window, as far as their counters tell; `null`: unknown. */
  energyJoules: number | null;
};

/**
 * Turns an answer into what charts and tables show, without drawing a conclusion the samples do not
 * hold: a bucket without a sample stays a gap, a metric without samples stays unknown. NVLink is
 * drawn as one total where the exporter gives it, otherwise as sent and received.
 *
 * With `gpu` only that GPU is shown, its mean between its least and greatest values; without, all
 * GPUs by their means. With `stretch` the charts are zoomed to it: a first bucket that begins before it
 * is drawn no more, and is in no summary.
 */
export function prepareGpuSeries(
  telemetry: GpuTelemetry,
  gpu: number | null,
  stretch: Stretch | null = null,
): PreparedTelemetry {
  const { grid, nodes, nodeId, window, nowMs, scrapeMs } = telemetry;
  const shown = telemetry.gpus.filter((one) => gpu === null || one.gpu === gpu);
  const first = stretch ? firstFrom(grid, stretch.from) : 0;
  const charts = chartedMetrics.map((metric) => chartOf(metric, telemetry, shown, first));

  const isKnown = (metric: ChartedMetric) =>
    charts.some((chart) => chart.metric === metric && chart.lines.some((line) => line.summary));
  const oneWay = !isKnown("nvlink") && (isKnown("nvlink_tx") || isKnown("nvlink_rx"));
  const hidden = new Set<ChartedMetric>(oneWay ? ["nvlink"] : ["nvlink_tx", "nvlink_rx"]);
  // What many exporters are not told to give is left out rather than shown as unknown.
  for (const metric of seldomGiven) if (!isKnown(metric)) hidden.add(metric);

  const energy = shown.flatMap(({ metrics }) => {
    const increase = metrics.energy_j ? readCounter(metrics.energy_j).increase : null;
    return increase === null ? [] : [increase];
  });
  const node = nodes.find(({ id }) => id === nodeId) ?? null;
  return {
    ...{ window, nowMs, scrapeMs },
    range: { from: grid.fromMs, to: grid.fromMs + grid.count * grid.stepMs },
    stepMs: grid.stepMs,
    store: telemetry.store,
    nodes,
    node,
    live: node !== null && isLive(node, telemetry),
    gpus: [...new Set([...telemetry.gpus, ...telemetry.instances].map((one) => one.gpu))].sort(
      (a, b) => a - b,
    ),
    charts: charts.filter(({ metric }) => !hidden.has(metric)),
    events: [...telemetry.events, ...restarts(telemetry, first)].sort((a, b) => a.atMs - b.atMs),
    energyJoules: energy.length > 0 ? energy.reduce((sum, joules) => sum + joules, 0) : null,
  };
}

/**
 * Where the energy counter of any GPU of the node began anew, from a bucket on: nothing tells of it when the
 * driver was loaded anew or the node restarted from the inside. Of what the charts hold, so that it is the
 * same whichever part of them came last.
 */
function restarts({ grid, gpus }: GpuTelemetry, first: number): TelemetryEvent[] {
  const buckets = new Set(
    gpus.flatMap(({ metrics }) => (metrics.energy_j ? readCounter(metrics.energy_j).restarts : [])),
  );
  return [...buckets]
    .filter((index) => index >= first)
    .map((index) => {
      const atMs = grid.fromMs + index * grid.stepMs;
      const words = "GPU counters began anew: the driver or the node restarted";
      return { atMs, untilMs: atMs, kind: "neutral", words };
    });
}

/** True while samples of a node that is held come in, by the server's clock. */
export function isLive(
  { heldUntilMs, lastMs, outage }: Node,
  { nowMs, scrapeMs }: { nowMs: number; scrapeMs: number },
): boolean {
  return (
    heldUntilMs === null &&
    outage === null &&
    lastMs !== null &&
    nowMs - lastMs < silentAfter(scrapeMs)
  );
}

function chartOf(
  metric: ChartedMetric,
  telemetry: GpuTelemetry,
  shown: GpuTelemetry["gpus"],
  first: number,
): GpuChart {
  const { grid } = telemetry;
  const { label, unit } = gpuMetricSpecs[metric];
  const against = limits[metric];
  const alone = shown.length === 1;
  const isWide = !alone && grid.stepMs > presentFor(telemetry.scrapeMs);
  const lines = shown.map((one): GpuLine => {
    const { gpu, metrics } = one;
    const id = `gpu${gpu}`;
    const bounds = boundsOf(id);
    const series = metrics[metric];
    return {
      id,
      gpu,
      label: `GPU ${gpu}`,
      bounds,
      ...(alone && { band: bounds }),
      ...(metric === "sm_clock" && { strips: clockStrips([one], grid) }),
      ...(against && limitOf(metrics[against.metric], against.label)),
      summary: series ? summarize(series, first) : null,
      present: series ? presentOf(series, grid, telemetry) : null,
    };
  });
  const means = rowsOf(
    grid,
    shown.map(({ gpu, metrics }) => [`gpu${gpu}`, metrics[metric]]),
  );
  const rows = isWide ? means.map((row, index) => ({ ...row, ...envelopeAt(index) })) : means;
  function envelopeAt(index: number) {
    const known = (part: "min" | "max") =>
      shown.flatMap(({ metrics }) => metrics[metric]?.[part][index] ?? []);
    const [lows, highs] = [known("min"), known("max")];
    return {
      all_low: lows.length > 0 ? Math.min(...lows) : null,
      all_high: highs.length > 0 ? Math.max(...highs) : null,
    };
  }
  const most = Math.max(1, ...lines.map(({ summary }) => summary?.max ?? 0));
  const chart: GpuChart = { metric, label, unit, lines, rows, most };
  if (isWide) chart.envelope = { low: "all_low", high: "all_high" };
  if (against) {
    const highest = Math.max(0, ...lines.map(({ limit }) => limit?.value ?? 0));
    if (highest > 0) chart.limit = { value: highest, label: against.label };
    chart.most = Math.max(most, highest);
  }
  if (metric === "sm_clock") {
    chart.strips = clockStrips(shown, grid);
  }
  return chart;
}

/** What the lines of a chart are held against, and how that is called beside it. */
const limits: Partial<Record<ChartedMetric, { metric: TelemetryMetric; label: string }>> = {
  fb_used: { metric: "fb_total", label: "Total" },
  power_w: { metric: "power_limit", label: "Limit" },
};

/** The highest limit that one GPU had; none where none is told. */
function limitOf(series: BucketSeries | undefined, label: string): { limit?: Limit } {
  const highest = Math.max(0, ...(series?.max ?? []).map((value) => value ?? 0));
  return highest > 0 ? { limit: { value: highest, label } } : {};
}

const seldomGiven = [
  "sm_occupancy",
  "fp16_active",
  "fp32_active",
  "fp64_active",
  "dram_active",
  "mem_temp",
  "sm_clock",
  "mem_clock",
  "pcie_tx",
  "pcie_rx",
  "ecc_sbe",
  "ecc_dbe",
] as const satisfies readonly ChartedMetric[];
