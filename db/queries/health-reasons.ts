import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { loadHealthSettings } from "#db/queries/health-rule-settings";
import { type HealthNews, notifyOfHealth } from "#db/queries/notify-of-health";
import { announce } from "#db/queries/operations";
import { allocations } from "#db/schema/environments";
import { healthHandlings, healthReasons } from "#db/schema/health-reasons";
import { nvswitchSxids } from "#db/schema/nvswitch-sxids";
import {
  type ComparedMetric,
  comparedMetrics,
  type KeptSxids,
} from "#lib/domain/health/conditions";
import { controllerCodes } from "#lib/domain/health/controller-conditions";
import type { HealthCode } from "#lib/domain/health/rules";
import { type HealthSettings, ruleBy } from "#lib/domain/health/settings";
import type { HealthSeverity } from "#lib/domain/health/severity";
import { type HealthChange, tellAgainMs, wholeNode } from "#lib/domain/health/watch";
import { type Id, newId } from "#lib/domain/id";

/** A change on a node, and the allocation in whose time it was seen; null for what is operators' alone. */
export type NodeHealthChange = HealthChange & {
  nodeId: Id<"node">;
  allocationId: Id<"allocation"> | null;
};

/** The SXIDs that a switch of a node told last, and the allocation in whose time. */
export type NodeSxids = KeptSxids & { allocationId: Id<"allocation"> };

/**
 * Writes what has changed in the health of nodes, all or nothing, and tells who looks on; with it what
 * was told of SXIDs, so that none counts twice. What was seen when the allocation had ended is nobody's,
 * and not written. Can be repeated, but for the counts.
 */
export async function writeHealthChanges(
  db: Database,
  changes: readonly NodeHealthChange[],
  sxids: readonly NodeSxids[] = [],
): Promise<void> {
  if (changes.length === 0 && sxids.length === 0) return;
  await db.transaction(async (tx) => {
    await writeChanges(tx, changes);
    for (const kept of sxids) {
      const { allocationId, nvswitch, ...told } = kept;
      await tx
        .insert(nvswitchSxids)
        .values(kept)
        .onConflictDoUpdate({
          target: [nvswitchSxids.allocationId, nvswitchSxids.nvswitch],
          set: told,
        });
    }
  });
}

/** As `writeHealthChanges`, in the transaction of whoever writes more with it. */
export async function writeChanges(
  tx: Transaction,
  changes: readonly NodeHealthChange[],
): Promise<void> {
  const settings = await loadHealthSettings(tx);
  const news: HealthNews[] = [];
  for (const change of changes) news.push(...(await writeChange(tx, change, settings)));
  await notifyOfHealth(tx, news);
  await settleNodeHealth(
    tx,
    changes.map(({ nodeId }) => nodeId),
  );
}

/** What is open once, by whether a tenant is told of it. */
const openOfNode = sql`(node_id, gpu, code) where closed_at is null and allocation_id is null`;
const openOfAllocation = sql`(allocation_id, gpu, code) where closed_at is null`;

/** Writes one change: what there is to tell of it. */
async function writeChange(
  tx: Transaction,
  change: NodeHealthChange,
  settings: HealthSettings,
): Promise<HealthNews[]> {
  const { nodeId, allocationId, gpu, code } = change;
  const at = sql`${new Date(change.atMs).toISOString()}::timestamptz`;
  if (change.kind === "quiet") {
    const closed = await tx
      .update(healthReasons)
      .set({ closedAt: at, closedHow: "quiet" })
      .where(
        and(
          eq(healthReasons.nodeId, nodeId),
          sql`${healthReasons.allocationId} is not distinct from ${allocationId}`,
          eq(healthReasons.gpu, gpu),
          eq(healthReasons.code, code),
          isNull(healthReasons.closedAt),
        ),
      )
      .returning();
    return closed.map((reason) => ({ what: "past", reason }));
  }
  const since = sql`${new Date(change.sinceMs).toISOString()}::timestamptz`;
  const severity = ruleBy(code, settings)?.severity ?? "warning";
  // What merely goes on is one occurrence where its row is new: an operator cleared the last.
  const id = newId("healthReason");
  const { rows } = await tx.execute<{
    id: Id<"healthReason">;
    count: number;
    severity: HealthSeverity;
    environmentId: Id<"environment"> | null;
  }>(sql`
    insert into health_reasons (id, node_id, gpu, gpu_uuid, code, severity, evidence, count,
      first_seen_at, last_seen_at, allocation_id, tenant_id, project_id, environment_id)
    select ${id}, n.id, ${gpu}::smallint, ${change.uuid}, ${code}, ${severity},
      ${JSON.stringify(change.evidence)}::jsonb, greatest(1, ${change.occurrences}::integer),
      greatest(${since}, a.started_at), ${at}, a.id, a.tenant_id, a.project_id, a.environment_id
    from nodes n left join allocations a on a.id = ${allocationId} and a.node_id = n.id
      and a.started_at <= ${at} and (a.released_at is null or a.released_at > ${at})
    where n.id = ${nodeId} and (a.id is not null or ${allocationId}::text is null)
    on conflict ${allocationId === null ? openOfNode : openOfAllocation} do update
    set count = health_reasons.count + ${change.occurrences}::integer,
      last_seen_at = greatest(health_reasons.last_seen_at, excluded.last_seen_at),
      evidence = excluded.evidence, gpu_uuid = coalesce(excluded.gpu_uuid, health_reasons.gpu_uuid)
    returning id, count, severity, environment_id as "environmentId"`);
  const [row] = rows;
  if (!row) return [];
  const reason = { ...row, nodeId, gpu, code };
  // What was open already keeps its id.
  if (row.id === id) return [{ what: "opened", reason }];
  const isAgain = await isPastAcknowledged(tx, row, change.occurrences);
  return isAgain ? [{ what: "again", reason }] : [];
}

/** Whether these occurrences are the first since an operator acknowledged the reason. */
async function isPastAcknowledged(
  tx: Transaction,
  { id, count }: { id: Id<"healthReason">; count: number },
  occurrences: number,
): Promise<boolean> {
  if (occurrences === 0) return false;
  // Read after the row is held: whoever acknowledges holds it, too.
  const [handling] = await tx
    .select({ acknowledged: healthHandlings.acknowledgedCount })
    .from(healthHandlings)
    .where(eq(healthHandlings.reasonId, id));
  const acknowledged = handling?.acknowledged ?? null;
  return acknowledged !== null && acknowledged < count && acknowledged >= count - occurrences;
}

/** Reasons that count: open, and not acknowledged since they last happened. */
const unacknowledged = sql`
  select r.node_id, r.severity from health_reasons r
  left join health_handlings h on h.reason_id = r.id
  where r.closed_at is null and (h.acknowledged_count is null or h.acknowledged_count < r.count)`;

/**
 * Makes the health of nodes what their open reasons say: the worst that no operator has acknowledged.
 * Nothing else of a node is touched, least of all its lifecycle.
 */
export async function settleNodeHealth(
  tx: Transaction,
  nodeIds: readonly Id<"node">[],
): Promise<void> {
  if (nodeIds.length === 0) return;
  const ids = [...new Set(nodeIds)].sort();
  const list = sql`${sql.param(ids)}::text[]`;
  // Held in one order, so that who opens and who acknowledges at once see each other's work.
  await tx.execute(sql`select from nodes where id = any (${list}) order by id for no key update`);
  await tx.execute(sql`
    with counted as (${unacknowledged} and r.node_id = any (${list}))
    update nodes n set health = case
      when exists (select from counted c where c.node_id = n.id and c.severity = 'critical') then 'critical'
      when exists (select from counted c where c.node_id = n.id) then 'warning'
      when n.health in ('warning', 'critical') then 'ok'
      else n.health end
    where n.id = any (${list})`);
  const held = await tx
    .select({ environmentId: allocations.environmentId })
    .from(allocations)
    .where(and(inArray(allocations.nodeId, ids), isNull(allocations.releasedAt)));
  await announce(
    tx,
    ...ids.map((id) => `node:${id}` as const),
    ...new Set(held.map(({ environmentId }) => `environment:${environmentId}` as const)),
  );
}

/** What is known of a node whose health nobody remembers: who holds it, what is open, what was last. */
export type HealthMemory = {
  nodeId: Id<"node">;
  allocationId: Id<"allocation">;
  /** How many GPUs it should have. */
  gpus: number;
  open: { gpu: number; code: HealthCode; firstSeenMs: number; lastSeenMs: number }[];
  /** The XIDs that were reasons in this allocation, by GPU, the newest first. */
  xids: [gpu: number, xids: number[]][];
  /** The SXIDs that its switches told last, of those that have told any. */
  sxids: [nvswitch: number, { fatal: number | null; nonFatal: number | null }][];
  /** The last of the stored scrapes before `at`, one entry a GPU; none when there was none lately. */
  last: { gpu: number; atMs: number; values: Partial<Record<ComparedMetric, number>> }[];
};

const lookBack = sql`interval '15 minutes'`;

/** Reads the memory of nodes, each as it was before a moment. A node that nobody holds is absent. */
export async function loadHealthMemory(
  db: Database,
  nodes: readonly { nodeId: Id<"node">; at: Date }[],
): Promise<HealthMemory[]> {
  const columns = sql.join(
    comparedMetrics.map((metric) => sql`s.${sql.identifier(metric)}`),
    sql`, `,
  );
  const { rows } = await db.execute<{
    node_id: Id<"node">;
    allocation_id: Id<"allocation">;
    gpus: number;
    open: HealthMemory["open"] | null;
    last: ({ gpu: number; atMs: number } & Record<ComparedMetric, number | null>)[] | null;
    xids: { gpu: number; xids: number[] }[] | null;
    switches: KeptSxids[] | null;
  }>(sql`
    select a.node_id, a.id as allocation_id, a.gpus,
      (select json_agg(json_build_object('gpu', r.gpu, 'code', r.code,
          'firstSeenMs', floor(extract(epoch from r.first_seen_at) * 1000),
          'lastSeenMs', floor(extract(epoch from r.last_seen_at) * 1000)))
        from health_reasons r where r.allocation_id = a.id and r.closed_at is null) as open,
      (select json_agg(l) from (
          select distinct on (s.gpu) s.gpu, floor(extract(epoch from s.at) * 1000) as "atMs", ${columns}
          from gpu_samples s
          where s.node_id = a.node_id and s.at >= a.started_at
            and s.at >= asked.at - ${lookBack} and s.at < asked.at
          order by s.gpu, s.at desc) l) as last,
      (select json_agg(x) from (
          select r.gpu, json_agg(substr(r.code, 5)::integer order by r.last_seen_at desc) as xids
          from health_reasons r
          where r.node_id = a.node_id and r.last_seen_at >= a.started_at and r.allocation_id = a.id
            and r.code ~ '^xid_'
          group by r.gpu) x) as xids,
      (select json_agg(json_build_object('nvswitch', w.nvswitch, 'fatal', w.fatal,
          'nonFatal', w.non_fatal))
        from nvswitch_sxids w where w.allocation_id = a.id) as switches
    from unnest(
      ${sql.param(nodes.map(({ nodeId }) => nodeId))}::text[],
      ${sql.param(nodes.map(({ at }) => at.toISOString()))}::timestamptz[]
    ) as asked (node_id, at)
    join allocations a on a.node_id = asked.node_id and a.released_at is null
      and a.started_at <= asked.at`);
  return rows.map((row) => ({
    nodeId: row.node_id,
    allocationId: row.allocation_id,
    gpus: row.gpus,
    open: row.open ?? [],
    xids: (row.xids ?? []).map(({ gpu, xids }) => [gpu, xids]),
    sxids: (row.switches ?? []).map(({ nvswitch, ...told }) => [nvswitch, told]),
    last: (row.last ?? []).map(({ gpu, atMs, ...values }) => ({
      gpu,
      atMs,
      values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
    })),
  }));
}

/**
 * Opens and closes what no scrape can say: that an exporter has been silent for too long, and that
 * nobody looks at a node any more; not what its controller tells, which is looked at all the time. A
 * critical reason stays open when its node is released: it is what keeps the node from the next tenant. By the
 * database's clock, as what was not answered is stamped.
 * @param instead Another moment, in a test.
 */
export async function settleSilence(db: Database, instead?: Date): Promise<void> {
  const now = instead ?? new Date(await readDatabaseClock(db));
  const rule = ruleBy("exporter_silent", await loadHealthSettings(db));
  if (!rule) throw new Error("there is a rule of silence");
  const before = (ms: number) => new Date(now.getTime() - ms).toISOString();
  const { rows: silent } = await db.execute<{
    node_id: Id<"node">;
    allocation_id: Id<"allocation">;
    since_ms: number;
  }>(sql`
    select a.node_id, a.id as allocation_id,
      floor(extract(epoch from n.telemetry_error_since) * 1000)::float8 as since_ms
    from nodes n join allocations a on a.node_id = n.id and a.released_at is null
    where ${rule.enabled} and n.lifecycle = 'active' and n.power_observed = 'on' and n.telemetry_error is not null
      and greatest(n.telemetry_error_since, a.started_at) <= ${before(rule.opensAfterMs)}::timestamptz
      and not exists (select from health_reasons r where r.allocation_id = a.id and r.gpu = ${wholeNode}
        and r.code = 'exporter_silent' and r.closed_at is null
        and r.last_seen_at > ${before(tellAgainMs)}::timestamptz)`);
  await writeHealthChanges(
    db,
    silent.map((row) => ({
      ...{ kind: "seen", nodeId: row.node_id, allocationId: row.allocation_id },
      ...{ gpu: wholeNode, code: "exporter_silent", uuid: null },
      ...{ sinceMs: row.since_ms, atMs: now.getTime(), occurrences: 0 },
      evidence: { silent_seconds: Math.round((now.getTime() - row.since_ms) / 1_000) },
    })),
  );
  await db.transaction(async (tx) => {
    const { rows: closed } = await tx.execute<{ node_id: Id<"node"> }>(sql`
      update health_reasons r set closed_at = ${now.toISOString()}::timestamptz,
        closed_how = case when n.lifecycle = 'active' and a.released_at is null and n.power_observed = 'on'
          then 'quiet' else 'ended' end
      from nodes n, allocations a
      where n.id = r.node_id and a.id = r.allocation_id and r.closed_at is null
        and (r.severity <> 'critical' or r.code = 'exporter_silent')
        and r.code <> all (${sql.param([...controllerCodes])}::text[])
        and (a.released_at is not null or n.lifecycle <> 'active' or n.power_observed <> 'on'
          or (r.code = 'exporter_silent' and (n.telemetry_error is null or not ${rule.enabled})))
      returning r.node_id`);
    await settleNodeHealth(
      tx,
      closed.map((row) => row.node_id),
    );
  });
}

/**
 * Removes what closed longer ago than the days given, a bounded number a time, with the silences of then,
 * and what is remembered of allocations that have ended.
 */
export async function pruneHealthReasons(db: Database, keepDays: number): Promise<void> {
  await db.execute(sql`
    delete from health_reasons where id in (
      select id from health_reasons where closed_at < now() - ${`${keepDays} days`}::interval
      order by closed_at limit 10000)`);
  await db.execute(sql`
    delete from health_silences
    where least(until, ended_at) < now() - ${`${keepDays} days`}::interval`);
  await db.execute(sql`
    delete from nvswitch_sxids s using allocations a
    where a.id = s.allocation_id and a.released_at is not null`);
}
