import type { Database } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { clockReasonSeries } from "#db/queries/clock-reasons";
import { instanceSeries } from "#db/queries/gpu-instances";
import { gpuSeries, lastSampled } from "#db/queries/gpu-samples";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, bucketGrid, gridTail } from "#lib/domain/telemetry/buckets";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { usualKeepDays } from "#lib/domain/telemetry/rollup-level";
import { askedGrid } from "#lib/domain/telemetry/stretch";
import type { GpuHistory, HistoryRead } from "#lib/ports/gpu-history";
import type { HistoryAsked } from "#lib/ports/history";
import type { GpuTelemetry, GpuTelemetryTail, TelemetryQuery } from "#lib/schemas/telemetry";
import { missedMs, nodeTelemetry, type TelemetrySettings } from "#lib/views/node-telemetry";

/** The store that is built in: the samples in our own database, by the eyes of who asks. */
export function ownGpuHistory(db: Database, grant: Grant<"environment.read">): GpuHistory {
  return {
    name: "Ingot",
    read: (asked) =>
      // The newest sample is told with the nodes, of which all have one.
      withGrant(db, grant, async (tx) => ({
        gpus: await gpuSeries(tx, asked),
        instances: await instanceSeries(tx, asked),
        reasons: await clockReasonSeries(tx, asked),
        lastMs: null,
      })),
  };
}

/**
 * The live and recent state of one node's GPUs, or what they did in a stretch of time; of the time in
 * which the environment held the node.
 * `null` when the project has no such environment. A node that is not the environment's counts as
 * none asked for. `elsewhere` is an operator's own store, which then answers instead of ours; what it
 * does not answer is unknown, and never what it said before. `nowMs` null is now, by the database's clock.
 */
export async function gpuTelemetryOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  asked: TelemetryQuery,
  nowMs: number | null = null,
  elsewhere: GpuHistory | null = null,
  { scrapeMs = usualScrapeMs, keepDays = usualKeepDays }: TelemetrySettings = {},
): Promise<GpuTelemetry | null> {
  // How long a store elsewhere keeps what it has is not ours to know.
  const now = nowMs ?? (await readDatabaseClock(db));
  const grid = askedGrid(asked, now, scrapeMs, elsewhere ? null : keepDays);
  const at = { nowMs: now, scrapeMs };
  return telemetryOn(grid, db, grant, environmentId, asked, at, elsewhere);
}

/**
 * The end of what `gpuTelemetryOf` gives: what one has to draw anew who knows all samples up to
 * `sinceMs`. Read by the same rules, and from our own database alone: what is kept in a store
 * elsewhere does not pass the portal, so pages go on asking for it. `null` when nothing is newer, and
 * when the node is not the environment's.
 */
export async function gpuTelemetryTail(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery & { node: Id<"node"> },
  sinceMs: number,
  nowMs: number | null = null,
  scrapeMs: number = usualScrapeMs,
): Promise<GpuTelemetryTail | null> {
  const now = nowMs ?? (await readDatabaseClock(db));
  const grid = gridTail(bucketGrid(window, now, scrapeMs), Math.min(sinceMs, now - missedMs));
  const edges = await withGrant(db, grant, (tx) =>
    lastSampled(tx, environmentId, node, new Date(grid.fromMs)),
  );
  if (edges.lastMs === null || edges.lastMs <= sinceMs) return null;
  const asked = { window, node };
  const at = { nowMs: now, scrapeMs };
  const told = await telemetryOn(grid, db, grant, environmentId, asked, at, null);
  return told?.nodeId === node ? { ...told, beforeMs: edges.beforeMs } : null;
}

async function telemetryOn(
  grid: BucketGrid,
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery,
  { nowMs, scrapeMs }: { nowMs: number; scrapeMs: number },
  elsewhere: GpuHistory | null,
): Promise<GpuTelemetry | null> {
  const ofGpus = ({ name, read }: GpuHistory) => ({
    name,
    read: (asked: HistoryAsked) => read({ ...asked, metrics: telemetryMetrics }),
  });
  const asked = { of: "gpus", node, grid, nowMs } as const;
  const told = await nodeTelemetry<HistoryRead>(db, grant, environmentId, asked, {
    own: ofGpus(ownGpuHistory(db, grant)),
    elsewhere: elsewhere && ofGpus(elsewhere),
    nothing: { gpus: [], instances: [], reasons: new Map(), lastMs: null },
  });
  if (!told) return null;
  const { read, ...rest } = told;
  return {
    ...{ window, nowMs, scrapeMs, grid, ...rest },
    gpus: read.gpus.map((one) => {
      const clockReasons = read.reasons.get(one.gpu);
      return clockReasons ? { ...one, clockReasons } : one;
    }),
    instances: read.instances,
  };
}
