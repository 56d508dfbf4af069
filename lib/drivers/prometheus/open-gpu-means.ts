import type { Id } from "#lib/domain/id";
import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import { type HeldBuckets, heldBuckets } from "#lib/domain/telemetry/held-buckets";
import { declared, gpuMetricSpecs } from "#lib/domain/telemetry/metric";
import { type PromPlace, promApi } from "#lib/drivers/prometheus/api";
import { type Cells, note, scaleOf } from "#lib/drivers/prometheus/cells";
import { endOf, heldAsks } from "#lib/drivers/prometheus/held-asks";
import { type ExporterField, readTotal, totalsQuery } from "#lib/drivers/prometheus/queries";
import type { GpuMeans, MeansAsked, MeansRead } from "#lib/ports/gpu-means";

/** VictoriaMetrics takes a query of 16 KiB, if nothing else is set: so many ids stay under it. */
const nodesAQuery = 25;
const queriesAtOnce = 6;
/**
 * More is not asked for one chart: what covers the least time of nodes is left out then, and told of as left
 * out. Those are buckets in which one of very many allocations began or ended; one that no other tells of is
 * unknown.
 */
const mostQueries = 150;
/** For all of them together: a page waits for it. */
const usualWholeMs = 20_000;

const spec = gpuMetricSpecs.gpu_util;

/**
 * Mean utilization by an operator's engine, which adds up the GPUs of each node: of each only the moments
 * that its allocations cover, to the millisecond. Nodes that were held through the same buckets are asked
 * for together. `wholeMs` is how long all of it may take.
 */
export function prometheusMeans(
  input: PromPlace & { fields: readonly ExporterField[]; wholeMs?: number },
): GpuMeans {
  const { fields, wholeMs = usualWholeMs, ...place } = input;

  async function read({ nodes, grid, nowMs }: MeansAsked): Promise<MeansRead> {
    const parts = sharedParts(grid, nodes);
    const [queries, rest] = [parts.slice(0, mostQueries), parts.slice(mostQueries)];
    const leftOut = rest.length > 0 ? timeOf(rest) / timeOf(parts) : 0;
    if (queries.length === 0) return { mean: meansOf(grid, fields, new Map()), leftOut: 0 };
    const whole = { signal: AbortSignal.timeout(wholeMs), ms: wholeMs };
    const asks = heldAsks(promApi(place, whole));
    const leavesOutStart = await asks.leavesOutStart(nowMs);
    const cells: Cells = new Map();
    await eachInTurn(queries, async ({ part, nodeIds }) => {
      const series = await asks.part(part, { leavesOutStart, nowMs }, (rangeMs) =>
        totalsQuery(fields, nodeIds, rangeMs, spec.max),
      );
      const named = new Set<string>(nodeIds);
      for (const { labels, points } of series) {
        const total = readTotal(labels.ingot_field ?? "");
        const place = labels.ingot_node ?? "";
        if (!total || !named.has(place)) continue;
        for (const [atMs, value] of points) {
          const bucket = part.first + Math.round((atMs - endOf(part)) / part.stepMs);
          note(cells, { ...total, place, bucket, value });
        }
      }
    });
    return { mean: meansOf(grid, fields, cells), leftOut };
  }

  return { name: "Prometheus", read };
}

/** A part of a grid, and nodes that were held through it. */
type Shared = { part: HeldBuckets; nodeIds: Id<"node">[] };

/** The time that these cover, of all their nodes. */
const timeOf = (all: readonly Shared[]) =>
  all.reduce((ms, { part, nodeIds }) => ms + part.count * part.widthMs * nodeIds.length, 0);

/** The parts of a grid in which nodes were held, each once with the nodes that it is one of, the most time of nodes first. */
function sharedParts(grid: BucketGrid, nodes: MeansAsked["nodes"]): Shared[] {
  const shared = new Map<string, Shared[]>();
  for (const { nodeId, held } of nodes) {
    for (const part of heldBuckets(grid, held)) {
      const key = JSON.stringify(part);
      const queries = shared.get(key) ?? [];
      shared.set(key, queries);
      const last = queries.at(-1);
      if (last && last.nodeIds.length < nodesAQuery) last.nodeIds.push(nodeId);
      else queries.push({ part, nodeIds: [nodeId] });
    }
  }
  return [...shared.values()].flat().sort((a, b) => timeOf([b]) - timeOf([a]));
}

/** All GPUs together: of several names that a node has had the first that says something of a bucket. */
function meansOf(
  grid: BucketGrid,
  fields: readonly ExporterField[],
  cells: Cells,
): (number | null)[] {
  const totals = Array.from({ length: grid.count }, () => ({ sum: 0, count: 0 }));
  const told = new Set<string>();
  for (const field of fields) {
    for (const [node, buckets] of cells.get(field.name) ?? []) {
      const scale = scaleOf(field, [...buckets.values()]);
      for (const [bucket, { sum = Number.NaN, count = 0 }] of buckets) {
        const total = totals[bucket];
        if (!total || told.has(`${node} ${bucket}`)) continue;
        if (declared(spec, (sum * scale) / count) === null) continue;
        told.add(`${node} ${bucket}`);
        total.sum += sum * scale;
        total.count += count;
      }
    }
  }
  return totals.map(({ sum, count }) => (count > 0 ? sum / count : null));
}

/** Does it with each, some at once; when one fails, no other is begun. */
async function eachInTurn<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  // A generator ends for everyone who takes from it as soon as one of them breaks off.
  const queue = (function* () {
    yield* all;
  })();
  const takeTurns = async () => {
    for (const one of queue) await work(one);
  };
  await Promise.all(Array.from({ length: queriesAtOnce }, takeTurns));
}
