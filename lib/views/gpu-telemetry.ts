import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { clockReasonSeries } from "#db/queries/clock-reasons";
import { gpuSeries, telemetryNodes } from "#db/queries/gpu-samples";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import type { GpuTelemetry, TelemetryQuery } from "#lib/schemas/telemetry";
import { telemetryEvents } from "#lib/views/telemetry-events";

/**
 * The live and recent state of one node's GPUs, of the time in which the environment held the node.
 * `null` when the project has no such environment. A node that is not the environment's counts as
 * none asked for.
 */
export async function gpuTelemetryOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  { window, node }: TelemetryQuery,
  nowMs: number = Date.now(),
): Promise<GpuTelemetry | null> {
  return withGrant(db, grant, async (tx) => {
    const [environment] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(and(eq(environments.id, environmentId), eq(environments.projectId, grant.projectId)));
    if (!environment) return null;

    const nodes = await telemetryNodes(tx, environmentId);
    const chosen = nodes.find(({ nodeId }) => nodeId === node) ?? nodes[0];
    const grid = bucketGrid(window, nowMs);
    const of = chosen && { environmentId, nodeId: chosen.nodeId, grid };
    const reasons = of ? await clockReasonSeries(tx, of) : new Map<number, (number | null)[]>();
    const gpus = of ? await gpuSeries(tx, { ...of, metrics: telemetryMetrics }) : [];
    return {
      window,
      nowMs,
      grid,
      nodes: nodes.map(({ nodeId, hostname, heldFrom, heldUntil, lastAt, error, errorSince }) => ({
        id: nodeId,
        hostname,
        heldFromMs: heldFrom.getTime(),
        heldUntilMs: heldUntil?.getTime() ?? null,
        lastMs: lastAt?.getTime() ?? null,
        outage: error && errorSince ? { reason: error, sinceMs: errorSince.getTime() } : null,
      })),
      nodeId: chosen?.nodeId ?? null,
      gpus: gpus.map((one) => {
        const clockReasons = reasons.get(one.gpu);
        return clockReasons ? { ...one, clockReasons } : one;
      }),
      events: of ? await telemetryEvents(tx, of) : [],
    };
  });
}
