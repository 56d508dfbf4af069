import { emptySeries, gridEndMs } from "#lib/domain/telemetry/buckets";
import type { GpuTelemetry, GpuTelemetryTail } from "#lib/schemas/telemetry";

type Grid = GpuTelemetry["grid"];
type Values = readonly (number | null)[];

/**
 * An answer with its newest buckets replaced by those of a tail: what the server would answer now.
 * `null` when that cannot be said, and all must be asked for: the tail is of another node or window,
 * or samples lie between the two.
 */
export function mergeTelemetry(held: GpuTelemetry, tail: GpuTelemetryTail): GpuTelemetry | null {
  const { beforeMs, ...newest } = tail;
  if (held.nodeId !== tail.nodeId || held.window !== tail.window) return null;
  if (held.grid.stepMs !== tail.grid.stepMs || held.store !== null) return null;
  // Older than what is known: two messages have overtaken each other.
  if (tail.nowMs < held.nowMs) return held;
  const fromMs = gridEndMs(tail.grid) - held.grid.count * held.grid.stepMs;
  const knownMs = held.nodes.find(({ id }) => id === held.nodeId)?.lastMs ?? null;
  // What is older than the window may be missing.
  const mustKnow = beforeMs !== null && beforeMs >= fromMs;
  if (mustKnow && (knownMs === null || knownMs < beforeMs)) return null;

  const grid = { ...held.grid, fromMs };
  const joined = (before: Values | undefined, after: Values | undefined) =>
    joinBuckets(grid, { of: held.grid, values: before }, { of: tail.grid, values: after });
  const indexes = new Set([...held.gpus, ...tail.gpus].map(({ gpu }) => gpu));
  const gpus = [...indexes]
    .sort((a, b) => a - b)
    .flatMap((gpu): GpuTelemetry["gpus"] => {
      const before = held.gpus.find((one) => one.gpu === gpu);
      const after = tail.gpus.find((one) => one.gpu === gpu);
      const names = new Set([
        ...Object.keys(before?.metrics ?? {}),
        ...Object.keys(after?.metrics ?? {}),
      ]) as Set<keyof GpuTelemetry["gpus"][number]["metrics"]>;
      const metrics: GpuTelemetry["gpus"][number]["metrics"] = {};
      for (const name of names) {
        const [old, fresh] = [before?.metrics[name], after?.metrics[name]];
        const series = emptySeries(grid);
        for (const part of ["min", "avg", "max"] as const) {
          series[part] = joined(old?.[part], fresh?.[part]);
        }
        if (series.avg.some((value) => value !== null)) metrics[name] = series;
      }
      const clockReasons = joined(before?.clockReasons, after?.clockReasons);
      const isKnown = clockReasons.some((value) => value !== null);
      if (Object.keys(metrics).length === 0) return [];
      return [{ gpu, metrics, ...(isKnown && { clockReasons }) }];
    });
  const kept = held.events.filter(({ atMs }) => atMs >= fromMs && atMs < tail.grid.fromMs);
  return { ...newest, grid, gpus, events: [...kept, ...tail.events] };
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
