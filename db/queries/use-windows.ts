import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { Id } from "#lib/domain/id";
import { activePercent, activePowerShare, activeWatts, cellMs } from "#lib/domain/use/idle";

/** Any number that no other advisory lock of this database uses. */
const judgingLock = 727_003;
/** How far back a GPU's power limit is looked for: an exporter says it in every answer, or never. */
const limitLookBack = sql.raw("interval '5 minutes'");
const cell = sql.raw(`interval '${cellMs} milliseconds'`);
/** The mean of a metric over the minutes of a cell, each as heavy as it has scrapes. */
const meanOf = (table: "r" | "p", metric: string) => {
  const [avg, samples] = [sql.raw(`${table}.${metric}_avg`), sql.raw(`${table}.samples`)];
  return sql`sum(${avg}::float8 * ${samples}) / sum(${samples}) filter (where ${avg} is not null)`;
};

/**
 * Takes the right to judge until the transaction ends. `null` when another worker has it; else up
 * to when has been judged, which before the first time is where telemetry begins.
 */
export async function lockJudgedUntil(tx: Transaction): Promise<Date | null> {
  const { rows } = await tx.execute<{ mine: boolean; until: string }>(sql`
    select pg_try_advisory_xact_lock(${judgingLock}) as mine,
      coalesce((select until from use_judged), (select min(at) from gpu_rollups), now()) as until`);
  return rows[0]?.mine ? new Date(rows[0].until) : null;
}

/** Says up to when has been judged now. */
export async function moveJudgedUntil(tx: Transaction, until: Date): Promise<void> {
  await tx.execute(sql`
    insert into use_judged (until) values (${until.toISOString()}::timestamptz)
    on conflict ("only") do update set until = excluded.until`);
}

/** What is known of one GPU of an allocation in one window. */
export type ObservedGpu = {
  allocationId: Id<"allocation">;
  gpu: number;
  /** Where in the window the allocation begins: its first moment, or the window's. */
  heldFrom: Date;
  /** Seconds of the two-minute cells of which it is known whether the GPU did something. */
  observedSeconds: number;
  /** Whether it did something in any of them. */
  active: boolean;
};

/**
 * What telemetry says of every GPU that was held in a window, clamped to the allocation's interval.
 * A GPU of which nothing is known is absent, as are those beyond the number that is held.
 * `wasActive` of the domain is the definition; here it is the `or` of SQL, which knows the same
 * three values.
 */
export async function observeWindow(
  tx: Transaction,
  window: { from: Date; until: Date },
): Promise<ObservedGpu[]> {
  const from = sql`${window.from.toISOString()}::timestamptz`;
  const until = sql`${window.until.toISOString()}::timestamptz`;
  const held = sql`
    select a.id, a.node_id, a.gpus, a.gpu_model, greatest(a.started_at, ${from}) as "from",
      least(coalesce(a.released_at, ${until}), ${until}) as until
    from allocations a
    where a.gpus > 0 and a.started_at < ${until} and coalesce(a.released_at, 'infinity') > ${from}`;
  const models = await tx.execute<{ model: string | null }>(
    sql`with held as (${held}) select distinct gpu_model as model from held`,
  );
  const byModel = models.rows.map(({ model }) => ({ model, watts: activeWatts(null, model) }));
  const { rows } = await tx.execute<{
    allocation_id: Id<"allocation">;
    gpu: number;
    held_from: string;
    observed: number;
    active: boolean;
  }>(sql`
    with held as (${held}),
    boards as (select * from jsonb_to_recordset(${JSON.stringify(byModel)}::jsonb) as b(model text, watts float8)),
    limits as (
      select h.id, s.gpu, max(s.power_limit) as watts
      from held h join gpu_samples s on s.node_id = h.node_id
        and s.at >= greatest(h."from", h.until - ${limitLookBack}) and s.at < h.until
        -- Constants, which choose the partitions.
        and s.at >= ${from} and s.at < ${until}
      group by h.id, s.gpu
    ),
    -- A GPU that is split has no activity of its own: what the busiest of its parts does.
    parts as (
      select allocation_id, gpu, at, max(activity) as activity from (
        select p.allocation_id, p.gpu, date_bin(${cell}, p.at, 'epoch') as at,
          greatest(${meanOf("p", "gr_active")}, ${meanOf("p", "sm_active")}, ${meanOf("p", "tensor_active")}) as activity
        from held h join gpu_instance_rollups p on p.allocation_id = h.id
          and p.at >= ${from} and p.at < ${until}
        group by p.allocation_id, p.gpu, p.instance, p.profile, 3
      ) part
      group by allocation_id, gpu, at
    ),
    measured as (
      select r.allocation_id, r.gpu, date_bin(${cell}, r.at, 'epoch') as at,
        greatest(${meanOf("r", "gpu_util")}, ${meanOf("r", "sm_active")}, ${meanOf("r", "tensor_active")}) as activity,
        ${meanOf("r", "power_w")} as power_w
      from held h join gpu_rollups r on r.allocation_id = h.id and r.at >= ${from} and r.at < ${until}
      group by r.allocation_id, r.gpu, 3
    ),
    cells as (
      select h.id, h.gpus, h."from", r.gpu,
        extract(epoch from least(r.at + ${cell}, h.until) - greatest(r.at, h."from")) as seconds,
        greatest(r.activity, p.activity) >= ${activePercent}::float8
          or r.power_w >= coalesce(nullif(l.watts, 0) * ${activePowerShare}::float8, b.watts) as active
      from held h
        join measured r on r.allocation_id = h.id
        left join parts p on p.allocation_id = h.id and p.gpu = r.gpu and p.at = r.at
        left join limits l on l.id = h.id and l.gpu = r.gpu
        left join boards b on b.model is not distinct from h.gpu_model
    ),
    seen as (
      select id, gpu, gpus, "from", sum(seconds)::float8 as observed, bool_or(active) as active,
        row_number() over (partition by id order by gpu) as place
      from cells where active is not null and seconds > 0
      group by id, gpu, gpus, "from"
    )
    select id as allocation_id, gpu, "from" as held_from, observed, active
    from seen where place <= gpus order by id, gpu`);
  return rows.map((row) => ({
    allocationId: row.allocation_id,
    gpu: row.gpu,
    heldFrom: new Date(row.held_from),
    observedSeconds: row.observed,
    active: row.active,
  }));
}

/** Adds to what allocations are known to have done on a day (UTC, `2026-11-24`). */
export async function addUse(
  tx: Transaction,
  day: string,
  rows: readonly { allocationId: Id<"allocation">; busySeconds: number; idleSeconds: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  const column = (values: readonly (string | number)[]) => sql.param([...values]);
  await tx.execute(sql`
    insert into use_days (allocation_id, day, busy_seconds, idle_seconds)
    select u.id, ${day}::date, u.busy, u.idle
    from unnest(${column(rows.map((row) => row.allocationId))}::text[],
      ${column(rows.map((row) => row.busySeconds))}::float8[],
      ${column(rows.map((row) => row.idleSeconds))}::float8[]) as u(id, busy, idle)
    on conflict (allocation_id, day) do update set
      busy_seconds = use_days.busy_seconds + excluded.busy_seconds,
      idle_seconds = use_days.idle_seconds + excluded.idle_seconds`);
}

/** The GPUs that are idle as of now: those that were already keep their beginning, others go. */
export async function replaceIdleGpus(
  tx: Transaction,
  idle: readonly { allocationId: Id<"allocation">; gpu: number; since: Date }[],
): Promise<void> {
  const given = sql`unnest(${sql.param(idle.map((row) => row.allocationId))}::text[],
    ${sql.param(idle.map((row) => row.gpu))}::smallint[],
    ${sql.param(idle.map((row) => row.since.toISOString()))}::timestamptz[]) as g(id, gpu, since)`;
  await tx.execute(sql`
    delete from idle_gpus i where not exists (
      select from ${given} where g.id = i.allocation_id and g.gpu = i.gpu)`);
  await tx.execute(sql`
    insert into idle_gpus (allocation_id, gpu, since) select g.id, g.gpu, g.since from ${given}
    on conflict (allocation_id, gpu) do nothing`);
}
