import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lastSampled, telemetryNodes } from "#db/queries/gpu-samples";
import { hostSeries } from "#db/queries/host-samples";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type BucketGrid, bucketGrid, gridTail } from "#lib/domain/telemetry/buckets";
import type {
  HostTelemetry,
  HostTelemetryQuery,
  HostTelemetryTail,
} from "#lib/schemas/host-telemetry";

/**
 * The recent state of one node's host, of the time in which the environment held the node. `null` when
 * the project has no such environment. A node that is not the environment's counts as none asked for.
 */
export async function hostTelemetryOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: HostTelemetryQuery,
  nowMs: number = Date.now(),
): Promise<HostTelemetry | null> {
  return hostTelemetryOn(
    bucketGrid(window, nowMs),
    db,
    grant,
    environmentId,
    { window, node },
    nowMs,
  );
}

/** The end of what `hostTelemetryOf` gives, for one who knows all up to `sinceMs`, see `gpuTelemetryTail`. */
export async function hostTelemetryTail(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: HostTelemetryQuery & { node: Id<"node"> },
  sinceMs: number,
  nowMs: number = Date.now(),
): Promise<HostTelemetryTail | null> {
  const grid = gridTail(bucketGrid(window, nowMs), Math.min(sinceMs, nowMs - missedMs));
  const edges = await withGrant(db, grant, (tx) =>
    lastSampled(tx, environmentId, node, new Date(grid.fromMs), "host"),
  );
  if (edges.lastMs === null || edges.lastMs <= sinceMs) return null;
  const told = await hostTelemetryOn(grid, db, grant, environmentId, { window, node }, nowMs);
  return told?.nodeId === node ? { ...told, beforeMs: edges.beforeMs } : null;
}

/** A little more than was asked for is told: who missed one message is whole again with the next. */
const missedMs = 20_000;

function hostTelemetryOn(
  grid: BucketGrid,
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: HostTelemetryQuery,
  nowMs: number,
): Promise<HostTelemetry | null> {
  return withGrant(db, grant, async (tx) => {
    const [environment] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(and(eq(environments.id, environmentId), eq(environments.projectId, grant.projectId)));
    if (!environment) return null;
    const nodes = await telemetryNodes(tx, environmentId, "host");
    const chosen = nodes.find(({ nodeId }) => nodeId === node) ?? nodes[0];
    return {
      window,
      nowMs,
      grid,
      nodes: nodes.map((of) => ({
        id: of.nodeId,
        hostname: of.hostname,
        heldFromMs: of.heldFrom.getTime(),
        heldUntilMs: of.heldUntil?.getTime() ?? null,
        lastMs: of.lastAt?.getTime() ?? null,
        outage:
          of.error && of.errorSince ? { reason: of.error, sinceMs: of.errorSince.getTime() } : null,
      })),
      nodeId: chosen?.nodeId ?? null,
      metrics: chosen ? await hostSeries(tx, { environmentId, nodeId: chosen.nodeId, grid }) : {},
    };
  });
}
