import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { WorstReason } from "#db/queries/fleet-gpus";
import { type LatestRow, type LatestValues, latestColumns, latestOf } from "#db/queries/gpu-latest";
import { codesForOperators } from "#lib/domain/health/rules";
import type { Id } from "#lib/domain/id";

/** A node with GPUs that an environment holds, and the newest that was told of them since it does. */
export type HeldGpuNode = LatestValues & {
  nodeId: Id<"node">;
  hostname: string;
  group: string;
  gpus: number;
};

/**
 * The nodes with GPUs that an environment of a project holds now, group by group; where `since` is given,
 * only those that have told something since then.
 */
export async function listEnvironmentGpus(
  tx: Transaction,
  of: { projectId: Id<"project">; environmentId: Id<"environment"> },
  since: Date | null = null,
): Promise<HeldGpuNode[]> {
  const { rows } = await tx.execute<
    LatestRow & { node_id: Id<"node">; hostname: string; group_name: string; gpus: number }
  >(sql`
    select a.node_id, a.hostname, a.group_name, a.gpus, ${latestColumns}
    from allocations a
    left join gpu_latest l on l.node_id = a.node_id and l.at >= a.started_at
    where a.environment_id = ${of.environmentId} and a.project_id = ${of.projectId}
      and a.released_at is null and a.gpus > 0
      ${since === null ? sql`` : sql`and l.at >= ${since.toISOString()}::timestamptz`}
    order by a.group_name, length(a.hostname), a.hostname, a.node_id`);
  return rows.map((row) => ({
    ...{ nodeId: row.node_id, hostname: row.hostname, group: row.group_name, gpus: row.gpus },
    ...latestOf(row),
  }));
}

/** What is open of the GPUs that an environment holds, the worst of each that a tenant is told of. */
export async function listWorstOfEnvironment(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<WorstReason[]> {
  const { rows } = await tx.execute<WorstReason>(sql`
    select r.node_id as "nodeId", r.gpu, bool_or(r.severity = 'critical') as "isCritical"
    from health_reasons r join allocations a on a.id = r.allocation_id and a.released_at is null
    where r.environment_id = ${environmentId} and r.closed_at is null
      and r.code <> all (${sql.param([...codesForOperators])}::text[])
    group by 1, 2`);
  return rows;
}
