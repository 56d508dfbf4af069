import { type Bucket, type BucketGrid, seriesOf } from "#lib/domain/telemetry/buckets";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import { type HeldBuckets, heldBuckets } from "#lib/domain/telemetry/held-buckets";
import {
  boardMetrics,
  type InstanceSeries,
  instanceMetrics,
  maxInstance,
  profileShape,
} from "#lib/domain/telemetry/instance";
import {
  declared,
  type GpuMetric,
  gpuMetricSpecs,
  maxGpuIndex,
} from "#lib/domain/telemetry/metric";
import { type PromPlace, promApi } from "#lib/drivers/prometheus/api";
import { type Cells, entry, note, scaleOf } from "#lib/drivers/prometheus/cells";
import { endOf, heldAsks } from "#lib/drivers/prometheus/held-asks";
import {
  type BucketFunction,
  bucketFunctions,
  bucketQuery,
  type ExporterField,
  inQueries,
  newestQuery,
  type Selected,
} from "#lib/drivers/prometheus/queries";
import type { GpuHistory, GpusAsked } from "#lib/ports/gpu-history";

/** How exporters call each of our metrics, what is preferred first. */
export type ExporterFields = Record<GpuMetric, readonly ExporterField[]>;

/**
 * Telemetry from an operator's engine. A node's series are those with its id in `ingot_node`, as our
 * service discovery labels them; of them only the moments that the allocation covers are asked for,
 * to the millisecond. Every query is one of two templates, but for one that is a constant.
 */
export function prometheusHistory(input: PromPlace & { fields: ExporterFields }): GpuHistory {
  const asks = heldAsks(promApi(input));

  async function read({ nodeId, held, grid, metrics, nowMs }: GpusAsked) {
    const whole: readonly GpuMetric[] = [...metrics, "clock_reasons"];
    const selected = (of: Selected["of"], asked: readonly GpuMetric[]) =>
      asked.flatMap((metric) => input.fields[metric].map(({ name }): Selected => ({ name, of })));
    const ofParts = [...instanceMetrics, ...whole.filter((metric) => boardMetrics.has(metric))];
    const queries = inQueries([...selected("gpus", whole), ...selected("instances", ofParts)]);
    const parts = heldBuckets(grid, held);
    const leavesOutStart = await asks.leavesOutStart(nowMs);
    const cells: Record<"gpus" | "instances", Cells> = { gpus: new Map(), instances: new Map() };
    const ask = async (names: Selected[], part: HeldBuckets, compute: BucketFunction) => {
      const series = await asks.part(part, { leavesOutStart, nowMs }, (rangeMs) =>
        bucketQuery(compute, names, nodeId, rangeMs),
      );
      for (const { labels, points } of series) {
        const place = placeOf(labels);
        if (place === null) continue;
        const of = labels.GPU_I_ID ? cells.instances : cells.gpus;
        for (const [atMs, value] of points) {
          const bucket = part.first + Math.round((atMs - endOf(part)) / part.stepMs);
          note(of, { field: labels.ingot_field ?? "", place, bucket, compute, value });
        }
      }
    };
    const [newest] = await Promise.all([
      Promise.all(queries.map((names) => asks.newest(newestQuery(names, nodeId), { held, nowMs }))),
      ...parts.flatMap((part) =>
        bucketFunctions.flatMap((compute) => queries.map((names) => ask(names, part, compute))),
      ),
    ]);
    const known = newest.filter((ms) => ms !== null);

    const bucketsOfGpus = (metric: GpuMetric) => {
      const own = bucketsOfMetric(metric, input.fields[metric], cells.gpus);
      if (!boardMetrics.has(metric)) return own;
      return withParts(own, bucketsOfMetric(metric, input.fields[metric], cells.instances));
    };
    const gpus = new Map<string, GpuSeries>();
    for (const metric of metrics) {
      for (const [place, buckets] of bucketsOfGpus(metric)) {
        const series = entry(gpus, place, (): GpuSeries => ({ gpu: Number(place), metrics: {} }));
        series.metrics[metric] = seriesOf(grid, buckets);
      }
    }
    const instances = new Map<string, InstanceSeries>();
    for (const metric of instanceMetrics) {
      const found = bucketsOfMetric(metric, input.fields[metric], cells.instances);
      for (const [place, buckets] of found) {
        const [gpu, instance, profile = ""] = place.split(" ");
        const part = { gpu: Number(gpu), instance: Number(instance), profile, metrics: {} };
        entry(instances, place, (): InstanceSeries => part).metrics[metric] = seriesOf(
          grid,
          buckets,
        );
      }
    }
    return {
      gpus: [...gpus.values()].sort((a, b) => a.gpu - b.gpu),
      instances: [...instances.values()].sort((a, b) => a.gpu - b.gpu || a.instance - b.instance),
      reasons: new Map(
        [...bucketsOfGpus("clock_reasons")].map(([gpu, buckets]) => [
          Number(gpu),
          reasonsOf(grid, buckets),
        ]),
      ),
      lastMs: known.length > 0 ? Math.max(...known) : null,
    };
  }

  return { name: "Prometheus", read };
}

/** The index of a GPU; of a part of one, its number and size as well. Null where there can be none. */
function placeOf({
  gpu = "",
  GPU_I_ID,
  GPU_I_PROFILE = "",
}: Record<string, string>): string | null {
  if (!/^\d{1,3}$/.test(gpu) || Number(gpu) > maxGpuIndex) return null;
  if (!GPU_I_ID) return GPU_I_PROFILE === "" ? String(Number(gpu)) : null;
  if (!/^\d{1,2}$/.test(GPU_I_ID) || Number(GPU_I_ID) > maxInstance) return null;
  return profileShape.test(GPU_I_PROFILE)
    ? `${Number(gpu)} ${Number(GPU_I_ID)} ${GPU_I_PROFILE}`
    : null;
}

/**
 * What GPUs say of themselves; where one that is split says nothing, what the first of its parts repeats
 * of it.
 */
function withParts(
  own: ReadonlyMap<string, Bucket[]>,
  parts: ReadonlyMap<string, Bucket[]>,
): Map<string, Bucket[]> {
  const found = new Map(own);
  const numberOf = (place: string) => Number(place.split(" ")[1]);
  for (const [place, buckets] of [...parts].sort(([a], [b]) => numberOf(a) - numberOf(b))) {
    const [gpu = ""] = place.split(" ");
    const known = found.get(gpu) ?? [];
    const indexes = new Set(known.map(({ index }) => index));
    found.set(gpu, [...known, ...buckets.filter(({ index }) => !indexes.has(index))]);
  }
  return found;
}

/**
 * The clock event reasons of each bucket. An engine does not join bits: these are the bits of the greatest
 * and the least value. Those that hold a GPU back are the highest but one, so that none is missed where
 * the exporter is not asked more than twice a bucket, and hardly one elsewhere.
 */
function reasonsOf(grid: BucketGrid, buckets: readonly Bucket[]): (number | null)[] {
  const reasons = new Array<number | null>(grid.count).fill(null);
  for (const { index, min, max } of buckets) reasons[index] = min | max;
  return reasons;
}

/** The buckets of one metric by place: of several names the first that says something of a bucket. */
function bucketsOfMetric(
  metric: GpuMetric,
  fields: readonly ExporterField[],
  cells: Cells,
): Map<string, Bucket[]> {
  const found = new Map<string, Map<number, Bucket>>();
  for (const field of fields) {
    for (const [gpu, buckets] of cells.get(field.name) ?? []) {
      const scale = scaleOf(field, buckets.values());
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
