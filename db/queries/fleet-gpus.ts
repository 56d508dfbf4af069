import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { mayBeAllocated } from "#db/queries/free-nodes";
import { type LatestRow, type LatestValues, latestColumns, latestOf } from "#db/queries/gpu-latest";
import { nodes } from "#db/schema/nodes";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

/** A node with GPUs, and the newest that was told of them. */
export type FleetGpuNode = LatestValues & {
  nodeId: Id<"node">;
  name: string;
  rackId: Id<"rack">;
  rack: string;
  lifecycle: NodeLifecycle;
  /** As its node type says. */
  gpus: number;
  model: string;
  environment: string | null;
  isFree: boolean;
};

/**
 * Every node that has GPUs and has not left the fleet, rack by rack as they stand in it; or only the one
 * that is named.
 */
export async function listFleetGpus(
  tx: Transaction,
  only: Id<"node"> | null = null,
): Promise<FleetGpuNode[]> {
  const { rows } = await tx.execute<
    LatestRow & {
      node_id: Id<"node">;
      name: string;
      rack_id: Id<"rack">;
      rack: string;
      lifecycle: NodeLifecycle;
      gpus: number;
      model: string | null;
      environment: string | null;
      is_free: boolean;
    }
  >(sql`
    select ${nodes}.id as node_id, ${nodes}.name, r.id as rack_id, r.name as rack, ${nodes}.lifecycle,
      (t.spec->'gpu'->>'count')::integer as gpus, t.spec->'gpu'->>'model' as model,
      c.name || ' / ' || e.name as environment, ${mayBeAllocated()} as is_free,
      ${latestColumns}
    from ${nodes}
    join node_types t on t.id = ${nodes}.node_type_id
    join racks r on r.id = ${nodes}.rack_id
    join sites s on s.id = r.site_id
    left join allocations a on a.node_id = ${nodes}.id and a.released_at is null
    left join environments e on e.id = a.environment_id
    left join tenants c on c.id = a.tenant_id
    left join gpu_latest l on l.node_id = ${nodes}.id and l.at >= a.started_at
    where ${nodes}.lifecycle <> 'retired' and coalesce((t.spec->'gpu'->>'count')::integer, 0) > 0
      ${only === null ? sql`` : sql`and ${nodes}.id = ${only}`}
    order by s.name, r.name, r.id, ${nodes}.unit, ${nodes}.name`);
  return rows.map((row) => ({
    nodeId: row.node_id,
    name: row.name,
    rackId: row.rack_id,
    rack: row.rack,
    lifecycle: row.lifecycle,
    gpus: row.gpus,
    model: row.model ?? "model not said",
    environment: row.environment,
    isFree: row.is_free,
    ...latestOf(row),
  }));
}

/** The worst that is open of a GPU; `gpu` -1 is the node as a whole. */
export type WorstReason = { nodeId: Id<"node">; gpu: number; isCritical: boolean };

/** What is open of GPUs, the worst of each. */
export async function listWorstReasons(tx: Transaction): Promise<WorstReason[]> {
  const { rows } = await tx.execute<WorstReason>(sql`
    select node_id as "nodeId", gpu, bool_or(severity = 'critical') as "isCritical"
    from health_reasons where closed_at is null group by 1, 2`);
  return rows;
}

/** A node that told of XIDs in the last day. */
export type NodeXids = {
  nodeId: Id<"node">;
  node: string;
  rack: string;
  gpus: number[];
  codes: string[];
  /** The last of them. */
  at: Date;
  environment: string;
};

/** The nodes that told of XIDs in the last day, those with a critical one first, then the newest. */
export async function listRecentXids(
  tx: Transaction,
  limit: number,
): Promise<{ nodes: NodeXids[]; total: number }> {
  const { rows } = await tx.execute<Omit<NodeXids, "at"> & { at: string; total: number }>(sql`
    select x.node_id as "nodeId", n.name as node, r.name as rack, x.gpus, x.codes, x.at,
      c.name || ' / ' || e.name as environment, x.total
    from (
      select h.node_id, array_agg(distinct h.gpu::integer) as gpus, max(h.last_seen_at) as at,
        array_agg(distinct h.code) as codes, bool_or(h.severity = 'critical') as is_critical,
        (array_agg(h.environment_id order by h.last_seen_at desc))[1] as environment_id,
        count(*) over ()::integer as total
      from health_reasons h
      where h.code like 'xid\\_%' and h.last_seen_at > now() - interval '1 day'
      group by h.node_id order by is_critical desc, at desc limit ${limit}) x
    join nodes n on n.id = x.node_id join racks r on r.id = n.rack_id
    join environments e on e.id = x.environment_id join tenants c on c.id = e.tenant_id
    order by x.is_critical desc, x.at desc`);
  return {
    nodes: rows.map(({ total: _, at, ...row }) => ({ ...row, at: new Date(at) })),
    total: rows[0]?.total ?? 0,
  };
}

/** Since when each node has been held back by heat or power, as far as that is a reason that is open. */
export async function listThrottledSince(tx: Transaction): Promise<Map<Id<"node">, Date>> {
  const { rows } = await tx.execute<{ nodeId: Id<"node">; since: string }>(sql`
    select node_id as "nodeId", min(first_seen_at) as since from health_reasons
    where closed_at is null and code in ('thermal_throttle', 'power_brake', 'hw_slowdown') group by 1`);
  return new Map(rows.map(({ nodeId, since }) => [nodeId, new Date(since)]));
}
