-- What the wide windows of a chart read: telemetry in buckets of two minutes, least, mean and greatest
-- value of each drawn metric. A bucket belongs to one allocation: where a node changed hands within
-- one, there are two. So a row is its tenant's as a whole, and the policy asks once per query.
create table gpu_rollups (
  at timestamptz not null,
  energy_j_min bigint,
  energy_j_avg double precision,
  energy_j_max bigint,
  gpu_util_min real,
  gpu_util_avg real,
  gpu_util_max real,
  sm_active_min real,
  sm_active_avg real,
  sm_active_max real,
  tensor_active_min real,
  tensor_active_avg real,
  tensor_active_max real,
  fb_used_min integer,
  fb_used_avg real,
  fb_used_max integer,
  power_w_min real,
  power_w_avg real,
  power_w_max real,
  nvlink_min integer,
  nvlink_avg real,
  nvlink_max integer,
  nvlink_tx_min integer,
  nvlink_tx_avg real,
  nvlink_tx_max integer,
  nvlink_rx_min integer,
  nvlink_rx_avg real,
  nvlink_rx_max integer,
  gpu_temp_min smallint,
  gpu_temp_avg real,
  gpu_temp_max smallint,
  samples smallint not null,
  gpu smallint not null,
  allocation_id text not null,
  primary key (allocation_id, at, gpu)
) partition by range (at);
--> statement-breakpoint
-- The newest bucket is asked for before every rolling up.
create index gpu_rollups_by_time on gpu_rollups (at);
--> statement-breakpoint
alter table gpu_rollups enable row level security;
--> statement-breakpoint
alter table gpu_rollups force row level security;
--> statement-breakpoint
create policy app_reads on gpu_rollups for select to ingot_app using (
  (select app_fleet())
  or allocation_id in (select a.id from allocations a where a.tenant_id = (select app_tenant()))
);
--> statement-breakpoint
create policy worker_all on gpu_rollups for all to ingot_worker using (true) with check (true);
--> statement-breakpoint
grant select on gpu_rollups to ingot_app;
--> statement-breakpoint
grant select, insert, update on gpu_rollups to ingot_worker;
--> statement-breakpoint
-- As before, now for both tables of telemetry.
create or replace function maintain_gpu_samples(keep_days integer) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  parent text;
  day date;
  part text;
begin
  if keep_days is null or keep_days < 1 then
    raise exception 'keep_days must be at least 1';
  end if;
  foreach parent in array array['gpu_samples', 'gpu_rollups'] loop
    for day in select today + n from generate_series(0, 2) n loop
      part := parent || '_' || to_char(day, 'YYYYMMDD');
      if to_regclass(part) is null then
        execute format('create table %I (like %I including defaults including constraints)', part, parent);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, part, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
      end if;
    end loop;
    begin
      for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass
          and to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep_days
      loop
        execute format('drop table %I', part);
      end loop;
    exception when lock_not_available then
      raise warning '% is being read; old partitions are dropped next time', parent;
    end;
  end loop;
end $$;
--> statement-breakpoint
select maintain_gpu_samples(7);
