import type { Database } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { lastSampled } from "#db/queries/gpu-samples";
import { hostSeries } from "#db/queries/host-samples";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, bucketGrid, gridTail } from "#lib/domain/telemetry/buckets";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { usualKeepDays } from "#lib/domain/telemetry/rollup-level";
import { askedGrid } from "#lib/domain/telemetry/stretch";
import type { HostHistory, HostHistoryRead } from "#lib/ports/host-history";
import type { HostTelemetry, HostTelemetryTail } from "#lib/schemas/host-telemetry";
import type { TelemetryQuery } from "#lib/schemas/telemetry";
import { missedMs, nodeTelemetry, type TelemetrySettings } from "#lib/views/node-telemetry";

/**
 * The recent state of one node's host, or what it did in a stretch of time; of the time in which the
 * environment held the node. `null` when
 * the project has no such environment. A node that is not the environment's counts as none asked for.
 * `nowMs` and `elsewhere` as with `gpuTelemetryOf`.
 */
export async function hostTelemetryOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  asked: TelemetryQuery,
  nowMs: number | null = null,
  elsewhere: HostHistory | null = null,
  { scrapeMs = usualScrapeMs, keepDays = usualKeepDays }: TelemetrySettings = {},
): Promise<HostTelemetry | null> {
  // How long a store elsewhere keeps what it has is not ours to know.
  const now = nowMs ?? (await readDatabaseClock(db));
  const grid = askedGrid(asked, now, scrapeMs, elsewhere ? null : keepDays);
  const at = { nowMs: now, scrapeMs };
  return hostTelemetryOn(grid, db, grant, environmentId, asked, at, elsewhere);
}

/** The end of what `hostTelemetryOf` gives, for one who knows all up to `sinceMs`, see `gpuTelemetryTail`. */
export async function hostTelemetryTail(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery & { node: Id<"node"> },
  sinceMs: number,
  nowMs: number | null = null,
  scrapeMs: number = usualScrapeMs,
): Promise<HostTelemetryTail | null> {
  const now = nowMs ?? (await readDatabaseClock(db));
  const grid = gridTail(bucketGrid(window, now, scrapeMs), Math.min(sinceMs, now - missedMs));
  const edges = await withGrant(db, grant, (tx) =>
    lastSampled(tx, environmentId, node, new Date(grid.fromMs), "host"),
  );
  if (edges.lastMs === null || edges.lastMs <= sinceMs) return null;
  const asked = { window, node };
  const at = { nowMs: now, scrapeMs };
  const told = await hostTelemetryOn(grid, db, grant, environmentId, asked, at, null);
  return told?.nodeId === node ? { ...told, beforeMs: edges.beforeMs } : null;
}

async function hostTelemetryOn(
  grid: BucketGrid,
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery,
  { nowMs, scrapeMs }: { nowMs: number; scrapeMs: number },
  elsewhere: HostHistory | null,
): Promise<HostTelemetry | null> {
  const own: HostHistory = {
    name: "Ingot",
    // The newest sample is told with the nodes, of which all have one.
    read: (asked) =>
      withGrant(db, grant, async (tx) => ({ metrics: await hostSeries(tx, asked), lastMs: null })),
  };
  const asked = { of: "host", node, grid, nowMs } as const;
  const stores = { own, elsewhere, nothing: { metrics: {}, lastMs: null } };
  const told = await nodeTelemetry<HostHistoryRead>(db, grant, environmentId, asked, stores);
  if (!told) return null;
  const { read, ...rest } = told;
  return { ...{ window, nowMs, scrapeMs, grid, ...rest }, metrics: read.metrics };
}
