import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { telemetryNodes } from "#db/queries/gpu-samples";
import { hostSeries } from "#db/queries/host-samples";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import type { HostTelemetry, HostTelemetryQuery } from "#lib/schemas/host-telemetry";

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
  const grid = bucketGrid(window, nowMs);
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
