import { type Bucket, type BucketGrid, bucketsOf, seriesOf } from "#lib/domain/telemetry/buckets";
import {
  type HeldBuckets,
  type HeldStretch,
  heldBuckets,
} from "#lib/domain/telemetry/held-buckets";
import {
  type HostMetric,
  type HostSeries,
  hostMetricSpecs,
  hostMetrics,
  hostRates,
} from "#lib/domain/telemetry/host-metric";
import { type HostLook, hostSample } from "#lib/domain/telemetry/host-sample";
import { declared } from "#lib/domain/telemetry/metric";
import { type PromPlace, promApi } from "#lib/drivers/prometheus/api";
import { type Cell, type Cells, note } from "#lib/drivers/prometheus/cells";
import { endOf, heldAsks } from "#lib/drivers/prometheus/held-asks";
import { hostLooks } from "#lib/drivers/prometheus/host-looks";
import {
  type BucketFunction,
  bucketFunctions,
  bucketQuery,
  type HostFields,
  looksQuery,
  newestQuery,
  type Selected,
} from "#lib/drivers/prometheus/queries";
import type { HistoryAsked } from "#lib/ports/history";
import type { HostHistory } from "#lib/ports/host-history";

/**
 * How often counters are looked at in a bucket: a step of an engine is whole milliseconds. An engine keeps
 * what was said, not what it came to: rates are between two looks, by the same rule as those of our own
 * scrapes, and the least and greatest of a bucket are those of its parts.
 */
const looksPerBucket = (stepMs: number) => [3, 4, 2].find((looks) => stepMs % looks === 0) ?? 1;
/** A look goes back no further: what was said before then says nothing of its moment. */
const longestLookMs = 120_000;
const bytesPerMebibyte = 1_048_576;

type Known = Partial<Record<HostMetric, Bucket[]>>;

/**
 * Telemetry of hosts from an operator's engine, clamped to the allocation as `prometheusHistory` clamps
 * that of GPUs. Every query is one of three templates, but for one that is a constant.
 */
export function prometheusHosts(input: PromPlace & { fields: HostFields }): HostHistory {
  const { fields } = input;
  const asks = heldAsks(promApi(input));
  const named = {
    load1: fields.load1,
    total: fields.memTotalBytes,
    available: fields.memAvailableBytes,
  };
  const levels = Object.values(named).map((name): Selected => ({ name, of: "hosts" }));

  async function read({ nodeId, held, grid, nowMs }: HistoryAsked) {
    // Refused before anything is asked, and once.
    const newest = newestQuery(levels, nodeId);
    const leavesOutStart = await asks.leavesOutStart(nowMs);

    async function levelsOf(): Promise<Known> {
      const cells: Cells = new Map();
      const ask = async (part: HeldBuckets, compute: BucketFunction) => {
        const series = await asks.part(part, { leavesOutStart, nowMs }, (rangeMs) =>
          bucketQuery(compute, levels, nodeId, rangeMs),
        );
        for (const { labels, points } of series) {
          for (const [atMs, value] of points) {
            const bucket = part.first + Math.round((atMs - endOf(part)) / part.stepMs);
            note(cells, { field: labels.ingot_field ?? "", place: "", bucket, compute, value });
          }
        }
      };
      const parts = heldBuckets(grid, held);
      await Promise.all(parts.flatMap((part) => bucketFunctions.map((of) => ask(part, of))));
      const of = (name: keyof typeof named) => cells.get(named[name])?.get("") ?? new Map();
      return levelBuckets(of("load1"), of("total"), of("available"));
    }

    async function ratesOf(stretch: HeldStretch): Promise<HostSampled[]> {
      const looksEach = looksPerBucket(grid.stepMs);
      const fine = {
        ...{ fromMs: grid.fromMs, stepMs: grid.stepMs / looksEach },
        count: grid.count * looksEach,
      };
      const looks = await Promise.all(
        heldBuckets(fine, [stretch]).map(async (part) => {
          const series = await asks.part(part, { leavesOutStart, nowMs }, (rangeMs) =>
            looksQuery(fields, nodeId, Math.min(rangeMs, longestLookMs)),
          );
          return hostLooks(series, part, { fields, longestLookMs });
        }),
      );
      return sampled(looks.flat(), Math.max(longestLookMs, fine.stepMs + longestLookMs));
    }

    const [known, lastMs, ...samples] = await Promise.all([
      levelsOf(),
      asks.newest(newest, { held, nowMs }),
      // Between two stretches the node may have been another's: no rate reaches from one to the other.
      ...held.map(ratesOf),
    ]);
    return { metrics: seriesOn(grid, { ...known, ...rateBuckets(grid, samples.flat()) }), lastMs };
  }

  return { name: "Prometheus", read };
}

type HostSampled = { atMs: number; sample: ReturnType<typeof hostSample> };

/** What each look says with the one before it. */
function sampled(looks: readonly HostLook[], longestGapMs: number): HostSampled[] {
  return looks.map((look, index) => ({
    atMs: look.atMs,
    sample: hostSample(looks[index - 1] ?? null, look, longestGapMs),
  }));
}

function rateBuckets(grid: BucketGrid, samples: readonly HostSampled[]): Known {
  return Object.fromEntries(
    (["cpu_busy", ...hostRates] as const).map((metric) => {
      const values = samples.flatMap(({ atMs, sample }) => {
        const value = sample[metric];
        return value === null ? [] : [{ atMs, value }];
      });
      return [metric, bucketsOf(grid, values)];
    }),
  );
}

type Buckets = ReadonlyMap<number, Cell>;

/** Load and memory, of which an engine itself knows least, mean and greatest value. */
function levelBuckets(load1: Buckets, total: Buckets, available: Buckets): Known {
  const whole = [...total].flatMap(([index, cell]) => bucketOf(index, cell, bytesPerMebibyte));
  const used = whole.flatMap(({ index, min, max }) => {
    const [left] = bucketOf(index, available.get(index) ?? {}, bytesPerMebibyte);
    // Where the total itself has changed, least and greatest of the two are not of one moment.
    if (!left || min !== max) return [];
    return [{ index, min: max - left.max, avg: max - left.avg, max: max - left.min }];
  });
  return {
    load1: [...load1].flatMap(([index, cell]) => bucketOf(index, cell, 1)),
    mem_total: whole,
    mem_used: used,
  };
}

function bucketOf(index: number, { min, max, sum, count }: Cell, unit: number): Bucket[] {
  if (min === undefined || max === undefined || sum === undefined || !count) return [];
  return [{ index, min: min / unit, avg: sum / count / unit, max: max / unit }];
}

/** At the declared precision of each metric; a bucket with a value that none can have is not known. */
function seriesOn(grid: BucketGrid, known: Known): HostSeries {
  return Object.fromEntries(
    hostMetrics.flatMap((metric) => {
      const spec = hostMetricSpecs[metric];
      const buckets = (known[metric] ?? []).flatMap((bucket): Bucket[] => {
        const [min, avg, max] = [bucket.min, bucket.avg, bucket.max].map((value) =>
          declared(spec, value),
        );
        return min == null || avg == null || max == null ? [] : [{ ...bucket, min, avg, max }];
      });
      return buckets.length > 0 ? [[metric, seriesOf(grid, buckets)]] : [];
    }),
  );
}
