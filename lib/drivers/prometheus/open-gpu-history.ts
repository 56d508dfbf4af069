import { type Bucket, seriesOf } from "#lib/domain/telemetry/buckets";
import type { TelemetryMetric } from "#lib/domain/telemetry/charted";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import { type HeldBuckets, heldBuckets } from "#lib/domain/telemetry/held-buckets";
import {
  declared,
  type GpuMetric,
  gpuMetricSpecs,
  maxGpuIndex,
} from "#lib/domain/telemetry/metric";
import { type PromSeries, promApi } from "#lib/drivers/prometheus/api";
import {
  type BucketFunction,
  bucketFunctions,
  bucketQuery,
  type ExporterField,
  endsQuery,
  newestQuery,
} from "#lib/drivers/prometheus/queries";
import type { GpuHistory, HistoryAsked } from "#lib/ports/gpu-history";

/** How exporters call each of our metrics, what is preferred first. */
export type ExporterFields = Record<GpuMetric, readonly ExporterField[]>;

/** What one field said of one GPU in one bucket, in the exporter's unit. */
type Cell = Partial<Record<BucketFunction, number>>;

/**
 * Telemetry from an operator's engine. A node's series are those with its id in `ingot_node`, as our
 * service discovery labels them; of them only the moments that the allocation covers are asked for,
 * to the millisecond. Every query is one of two templates, but for one that is a constant.
 */
export function prometheusHistory(input: {
  url: string;
  fields: ExporterFields;
  deadlineMs?: number;
}): GpuHistory {
  const api = promApi(input.url, input.deadlineMs);

  async function read({ nodeId, held, grid, metrics, nowMs }: HistoryAsked) {
    const fields = metrics.flatMap((metric) =>
      input.fields[metric].map((field) => ({ ...field, metric })),
    );
    const names = fields.map(({ name }) => name);
    const parts = heldBuckets(grid, held);
    const leavesOutStart = await leavesOutStartOfRange(nowMs);
    const cells = new Map<string, Map<number, Map<number, Cell>>>();
    const ask = async (part: HeldBuckets, compute: BucketFunction) => {
      const series = await askPart(part, leavesOutStart, (rangeMs) =>
        bucketQuery(compute, names, nodeId, rangeMs),
      );
      for (const { labels, points } of series) {
        const gpu = gpuOf(labels);
        if (gpu === null) continue;
        for (const [atMs, value] of points) {
          const bucket = part.first + Math.round((atMs - endOf(part)) / part.stepMs);
          note(cells, { field: labels.ingot_field ?? "", gpu, bucket, compute, value });
        }
      }
    };
    const [lastMs] = await Promise.all([
      newest(names, { nodeId, held, nowMs }),
      ...parts.flatMap((part) => bucketFunctions.map((compute) => ask(part, compute))),
    ]);

    const gpus = new Map<number, GpuSeries>();
    for (const metric of metrics) {
      for (const [gpu, buckets] of bucketsOfMetric(metric, input.fields[metric], cells)) {
        const series = gpus.get(gpu) ?? { gpu, metrics: {} };
        series.metrics[metric] = seriesOf(grid, buckets);
        gpus.set(gpu, series);
      }
    }
    return { gpus: [...gpus.values()].sort((a, b) => a.gpu - b.gpu), lastMs };
  }

  /** Asked with each reading: an engine that was replaced must not show what is another tenant's. */
  async function leavesOutStartOfRange(nowMs: number): Promise<boolean> {
    const [series] = await api.instant(endsQuery, Math.floor(nowMs / 1_000) * 1_000);
    return series?.points[0]?.[1] === 1;
  }

  /**
   * A range selector of the engine reaches back from a moment, and takes in its later end; where it
   * also takes in the earlier one it is a millisecond shorter, so that neither lies outside the bucket.
   */
  function askPart(
    part: HeldBuckets,
    leavesOutStart: boolean,
    query: (rangeMs: number) => string,
  ): Promise<PromSeries[]> {
    const rangeMs = leavesOutStart ? part.widthMs : part.widthMs - 1;
    if (rangeMs < 1) return Promise.resolve([]);
    const fromMs = endOf(part);
    if (part.count === 1) return api.instant(query(rangeMs), fromMs);
    const toMs = fromMs + (part.count - 1) * part.stepMs;
    return api.range(query(rangeMs), { fromMs, toMs, stepMs: part.stepMs });
  }

  /** The moment of the newest sample while it is not older than the engine looks back, else null. */
  async function newest(
    names: readonly string[],
    { nodeId, held, nowMs }: Pick<HistoryAsked, "nodeId" | "held" | "nowMs">,
  ): Promise<number | null> {
    const latest = held.toSorted((a, b) => b.fromMs - a.fromMs)[0];
    if (!latest) return null;
    const atMs = Math.min(nowMs, (latest.untilMs ?? Infinity) - 1);
    const [series] = await api.instant(newestQuery(names, nodeId), atMs);
    const seconds = series?.points[0]?.[1] ?? Number.NaN;
    const ms = Math.round(seconds * 1_000);
    // What the engine looks back to may lie before the allocation.
    return ms >= latest.fromMs && ms <= atMs ? ms : null;
  }

  return { name: "Prometheus", read };
}

/** The last moment of a part's first bucket. */
const endOf = (part: HeldBuckets) => part.fromMs + part.widthMs - 1;

function gpuOf(labels: Record<string, string>): number | null {
  const gpu = /^\d{1,3}$/.test(labels.gpu ?? "") ? Number(labels.gpu) : Number.NaN;
  return gpu <= maxGpuIndex ? gpu : null;
}

/** Adds what one series says of a bucket. Of several series of one GPU, as after a label changed, all count. */
function note(
  cells: Map<string, Map<number, Map<number, Cell>>>,
  said: { field: string; gpu: number; bucket: number; compute: BucketFunction; value: number },
): void {
  const ofField = entry(cells, said.field, () => new Map<number, Map<number, Cell>>());
  const ofGpu = entry(ofField, said.gpu, () => new Map<number, Cell>());
  const cell = entry(ofGpu, said.bucket, (): Cell => ({}));
  const before = cell[said.compute];
  const join = { min: Math.min, max: Math.max, sum: add, count: add };
  cell[said.compute] = before === undefined ? said.value : join[said.compute](before, said.value);
}

const add = (a: number, b: number) => a + b;

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** The buckets of one metric by GPU: of several names the first that says something of a bucket. */
function bucketsOfMetric(
  metric: TelemetryMetric,
  fields: readonly ExporterField[],
  cells: ReadonlyMap<string, Map<number, Map<number, Cell>>>,
): Map<number, Bucket[]> {
  const found = new Map<number, Map<number, Bucket>>();
  for (const { name, factor, ratioOrPercent } of fields) {
    for (const [gpu, buckets] of cells.get(name) ?? []) {
      const greatest = Math.max(...[...buckets.values()].map((cell) => cell.max ?? 0));
      // The same name has carried a share of one and a percentage.
      const scale = ratioOrPercent && greatest > 1.0001 ? 1 : factor;
      for (const [index, cell] of buckets) {
        const ofGpu = entry(found, gpu, () => new Map<number, Bucket>());
        if (ofGpu.has(index)) continue;
        const value = (raw: number | undefined) =>
          declared(gpuMetricSpecs[metric], (raw ?? Number.NaN) * scale);
        const mean = (cell.sum ?? Number.NaN) / (cell.count ?? 0);
        const [min, avg, max] = [value(cell.min), value(mean), value(cell.max)];
        // One value that no GPU can have spoils the mean of its bucket: then nothing is known of it.
        if (min === null || avg === null || max === null) continue;
        ofGpu.set(index, { index, min, avg, max });
      }
    }
  }
  return new Map([...found].map(([gpu, buckets]) => [gpu, [...buckets.values()]]));
}
