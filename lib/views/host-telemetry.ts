import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { heldStretches, lastSampled, telemetryNodes } from "#db/queries/gpu-samples";
import { hostSeries } from "#db/queries/host-samples";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, bucketGrid, gridTail } from "#lib/domain/telemetry/buckets";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { usualKeepDays } from "#lib/domain/telemetry/rollup-level";
import { askedGrid } from "#lib/domain/telemetry/stretch";
import { type HistoryAsked, HistoryError } from "#lib/ports/history";
import type { HostHistory, HostHistoryRead } from "#lib/ports/host-history";
import type { HostTelemetry, HostTelemetryTail } from "#lib/schemas/host-telemetry";
import type { TelemetryQuery } from "#lib/schemas/telemetry";
import type { TelemetrySettings } from "#lib/views/gpu-telemetry";
import { telemetryEvents } from "#lib/views/telemetry-events";

/**
 * The recent state of one node's host, or what it did in a stretch of time; of the time in which the
 * environment held the node. `null` when
 * the project has no such environment. A node that is not the environment's counts as none asked for.
 * `elsewhere` as with `gpuTelemetryOf`.
 */
export async function hostTelemetryOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  asked: TelemetryQuery,
  nowMs: number = Date.now(),
  elsewhere: HostHistory | null = null,
  { scrapeMs = usualScrapeMs, keepDays = usualKeepDays }: TelemetrySettings = {},
): Promise<HostTelemetry | null> {
  // How long a store elsewhere keeps what it has is not ours to know.
  const grid = askedGrid(asked, nowMs, scrapeMs, elsewhere ? null : keepDays);
  const at = { nowMs, scrapeMs };
  return hostTelemetryOn(grid, db, grant, environmentId, asked, at, elsewhere);
}

/** The end of what `hostTelemetryOf` gives, for one who knows all up to `sinceMs`, see `gpuTelemetryTail`. */
export async function hostTelemetryTail(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery & { node: Id<"node"> },
  sinceMs: number,
  nowMs: number = Date.now(),
  scrapeMs: number = usualScrapeMs,
): Promise<HostTelemetryTail | null> {
  const grid = gridTail(bucketGrid(window, nowMs, scrapeMs), Math.min(sinceMs, nowMs - missedMs));
  const edges = await withGrant(db, grant, (tx) =>
    lastSampled(tx, environmentId, node, new Date(grid.fromMs), "host"),
  );
  if (edges.lastMs === null || edges.lastMs <= sinceMs) return null;
  const asked = { window, node };
  const told = await hostTelemetryOn(
    grid,
    db,
    grant,
    environmentId,
    asked,
    { nowMs, scrapeMs },
    null,
  );
  return told?.nodeId === node ? { ...told, beforeMs: edges.beforeMs } : null;
}

/** A little more than was asked for is told: who missed one message is whole again with the next. */
const missedMs = 20_000;

async function hostTelemetryOn(
  grid: BucketGrid,
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery,
  { nowMs, scrapeMs }: { nowMs: number; scrapeMs: number },
  elsewhere: HostHistory | null,
): Promise<HostTelemetry | null> {
  const found = await withGrant(db, grant, async (tx) => {
    const [environment] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(and(eq(environments.id, environmentId), eq(environments.projectId, grant.projectId)));
    if (!environment) return null;
    const nodes = await telemetryNodes(tx, environmentId, "host");
    const nodeId = (nodes.find((of) => of.nodeId === node) ?? nodes[0])?.nodeId ?? null;
    const of = nodeId && { environmentId, nodeId, grid };
    return {
      ...{ nodes, nodeId },
      held: nodeId && elsewhere ? await heldStretches(tx, environmentId, nodeId) : [],
      metrics: of && !elsewhere ? await hostSeries(tx, of) : {},
      events: of ? await telemetryEvents(tx, of) : [],
    };
  });
  if (!found) return null;

  // No transaction waits for a store elsewhere.
  const { nodes, nodeId, held, metrics, events } = found;
  const asked = nodeId && { environmentId, nodeId, held, grid, nowMs };
  const told = elsewhere && asked ? await readOrWhyNot(elsewhere, asked) : null;
  return {
    ...{ window, nowMs, scrapeMs, grid, nodeId },
    store: elsewhere && { name: elsewhere.name, error: told?.error ?? null },
    nodes: nodes.map((of) => ({
      id: of.nodeId,
      hostname: of.hostname,
      heldFromMs: of.heldFrom.getTime(),
      heldUntilMs: of.heldUntil?.getTime() ?? null,
      lastMs: told && of.nodeId === nodeId ? told.lastMs : (of.lastAt?.getTime() ?? null),
      // What our own scraper meets says nothing of a store that is filled by another.
      outage:
        !elsewhere && of.error && of.errorSince
          ? { reason: of.error, sinceMs: of.errorSince.getTime() }
          : null,
    })),
    metrics: told?.metrics ?? metrics,
    events,
  };
}

async function readOrWhyNot(
  store: HostHistory,
  asked: HistoryAsked,
): Promise<HostHistoryRead & { error: string | null }> {
  try {
    return { ...(await store.read(asked)), error: null };
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return { metrics: {}, lastMs: null, error: error.message };
  }
}
