import { type BucketSeries, emptySeries, gridEndMs } from "#lib/domain/telemetry/buckets";
import type { HostTelemetry, HostTelemetryTail } from "#lib/schemas/host-telemetry";
import type { GpuTelemetry, GpuTelemetryTail, TelemetryEvent } from "#lib/schemas/telemetry";

type Grid = GpuTelemetry["grid"];
type Values = readonly (number | null)[];

/**
 * An answer with its newest buckets replaced by those of a tail: what the server would answer now.
 * `null` when that cannot be said, and all must be asked for: the tail is of another node or window,
 * or samples lie between the two.
 */
export function mergeTelemetry(held: GpuTelemetry, tail: GpuTelemetryTail): GpuTelemetry | null {
  const { beforeMs, ...newest } = tail;
  if (held.store !== null) return null;
  // Older than what is known: two messages have overtaken each other.
  if (tail.nowMs < held.nowMs && fits(held, tail)) return held;
  const grid = mergedGrid(held, tail);
  if (!grid) return null;
  const { fromMs } = grid;
  const joined = (before: Values | undefined, after: Values | undefined) =>
    joinBuckets(grid, { of: held.grid, values: before }, { of: tail.grid, values: after });
  const gpus = pairs(held.gpus, tail.gpus, ({ gpu }) => gpu).flatMap(
    ([before, after]): GpuTelemetry["gpus"] => {
      const gpu = after?.gpu ?? before?.gpu ?? 0;
      const metrics = joinMetrics(grid, joined, before?.metrics, after?.metrics);
      const clockReasons = joined(before?.clockReasons, after?.clockReasons);
      const isKnown = clockReasons.some((value) => value !== null);
      if (Object.keys(metrics).length === 0) return [];
      return [{ gpu, metrics, ...(isKnown && { clockReasons }) }];
    },
  );
  const instances = pairs(held.instances, tail.instances, placeOf).flatMap(
    ([before, after]): GpuTelemetry["instances"] => {
      const part = after ?? before;
      if (!part) return [];
      const metrics = joinMetrics(grid, joined, before?.metrics, after?.metrics);
      return Object.keys(metrics).length === 0 ? [] : [{ ...part, metrics }];
    },
  );
  const events = joinEvents(fromMs, held.events, tail.events);
  return { ...newest, grid, gpus, instances, events };
}

/** The same of a host's. */
export function mergeHostTelemetry(
  held: HostTelemetry,
  tail: HostTelemetryTail,
): HostTelemetry | null {
  const { beforeMs, ...newest } = tail;
  if (held.store !== null) return null;
  if (tail.nowMs < held.nowMs && fits(held, tail)) return held;
  const grid = mergedGrid(held, tail);
  if (!grid) return null;
  const joined = (before: Values | undefined, after: Values | undefined) =>
    joinBuckets(grid, { of: held.grid, values: before }, { of: tail.grid, values: after });
  const events = joinEvents(grid.fromMs, held.events, tail.events);
  return {
    ...newest,
    grid,
    events,
    metrics: joinMetrics(grid, joined, held.metrics, tail.metrics),
  };
}

/** What happened from a moment on, by both; of what both tell, as the newer one has it. */
function joinEvents(
  fromMs: number,
  held: readonly TelemetryEvent[],
  tail: readonly TelemetryEvent[],
): TelemetryEvent[] {
  const key = ({ atMs, words }: TelemetryEvent) => `${atMs} ${words}`;
  const told = new Set(tail.map(key));
  return [...held.filter((event) => !told.has(key(event))), ...tail]
    .filter(({ untilMs }) => untilMs === null || untilMs >= fromMs)
    .sort((a, b) => a.atMs - b.atMs);
}

type Answer = Pick<GpuTelemetry, "grid" | "nodeId" | "nodes" | "window">;

/** True when both are of one node, and in the same buckets. */
function fits(held: Answer, tail: Answer): boolean {
  const isOne = held.nodeId === tail.nodeId && held.window === tail.window;
  return isOne && held.grid.stepMs === tail.grid.stepMs;
}

/** The grid that a tail ends; null when it does not fit, or samples lie between the two. */
function mergedGrid(held: Answer, tail: Answer & { beforeMs: number | null }): Grid | null {
  if (!fits(held, tail)) return null;
  const fromMs = gridEndMs(tail.grid) - held.grid.count * held.grid.stepMs;
  const knownMs = held.nodes.find(({ id }) => id === held.nodeId)?.lastMs ?? null;
  // What is older than the window may be missing.
  const mustKnow = tail.beforeMs !== null && tail.beforeMs >= fromMs;
  if (mustKnow && (knownMs === null || knownMs < (tail.beforeMs ?? 0))) return null;
  return { ...held.grid, fromMs };
}

/** Where a part of a GPU stands: by its GPU, then by its number. */
const placeOf = ({ gpu, instance, profile }: GpuTelemetry["instances"][number]) =>
  `${String(gpu).padStart(3, "0")} ${String(instance).padStart(3, "0")} ${profile}`;

/** What stands in the same place in two lists, in the order of the places. */
function pairs<Item, Place extends number | string>(
  before: readonly Item[],
  after: readonly Item[],
  place: (item: Item) => Place,
): [before: Item | undefined, after: Item | undefined][] {
  const places = [...new Set([...before, ...after].map(place))];
  const find = (items: readonly Item[], at: Place) => items.find((item) => place(item) === at);
  return places.sort((a, b) => (a < b ? -1 : 1)).map((at) => [find(before, at), find(after, at)]);
}

type Metrics<Name extends string> = Partial<Record<Name, BucketSeries>>;

/** The metrics of one thing from both; one without a single value is no key. */
function joinMetrics<Name extends string>(
  grid: Grid,
  joined: (before: Values | undefined, after: Values | undefined) => (number | null)[],
  before: Metrics<Name> | undefined,
  after: Metrics<Name> | undefined,
): Metrics<Name> {
  const metrics: Metrics<Name> = { ...before, ...after };
  for (const name in metrics) {
    const series = emptySeries(grid);
    for (const part of ["min", "avg", "max"] as const) {
      series[part] = joined(before?.[name]?.[part], after?.[name]?.[part]);
    }
    if (series.avg.some((value) => value !== null)) metrics[name] = series;
    else delete metrics[name];
  }
  return metrics;
}

/** The values of a grid: those of the tail where it reaches, before it the earlier ones. */
function joinBuckets(
  grid: Grid,
  before: { of: Grid; values: Values | undefined },
  tail: { of: Grid; values: Values | undefined },
): (number | null)[] {
  return Array.from({ length: grid.count }, (_, index) => {
    const atMs = grid.fromMs + index * grid.stepMs;
    const { of, values } = atMs >= tail.of.fromMs ? tail : before;
    return values?.[(atMs - of.fromMs) / of.stepMs] ?? null;
  });
}
