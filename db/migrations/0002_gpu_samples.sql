-- GPU telemetry: one row per GPU and scrape, in canonical units (lib/domain/telemetry/metric.ts).
-- Null is "not given". Fixed-width columns come first and widest first, so that no byte is padding.
-- No key: one worker asks a node once at a time, and a second unique index would cost as much as
-- the data. Rows of one scrape share (node_id, at), which the index stores once.
create table gpu_samples (
  at timestamptz not null,
  energy_j bigint,
  gpu_util real,
  mem_copy_util real,
  enc_util real,
  dec_util real,
  sm_active real,
  tensor_active real,
  dram_active real,
  gr_active real,
  fb_used integer,
  fb_free integer,
  fb_reserved integer,
  fb_total integer,
  power_w real,
  power_limit real,
  nvlink integer,
  nvlink_tx integer,
  nvlink_rx integer,
  nvlink_crc_flit integer,
  nvlink_crc_data integer,
  nvlink_replay integer,
  nvlink_recovery integer,
  pcie_tx real,
  pcie_rx real,
  pcie_replay integer,
  clock_reasons integer,
  ecc_sbe integer,
  ecc_dbe integer,
  remap_cor integer,
  remap_unc integer,
  gpu smallint not null check (gpu between 0 and 31),
  gpu_temp smallint,
  mem_temp smallint,
  sm_clock smallint,
  mem_clock smallint,
  xid smallint,
  remap_pending smallint,
  remap_fail smallint,
  node_id text not null
) partition by range (at);
--> statement-breakpoint
create index gpu_samples_by_node on gpu_samples (node_id, at);
--> statement-breakpoint
-- The policy below asks this once per row; with it a row costs 4 us, through the constraint's GiST
-- index 25 us (measured, 24 h of 8 GPUs, 200 allocations).
create index allocations_by_node on allocations (node_id, tenant_id, started_at) include (released_at);
--> statement-breakpoint
-- A tenant reads the samples of the time in which the node was its own: not what came before, not
-- what comes after. Nobody but the worker writes, and nobody changes.
alter table gpu_samples enable row level security;
--> statement-breakpoint
alter table gpu_samples force row level security;
--> statement-breakpoint
create policy app_reads on gpu_samples for select to ingot_app using (
  (select app_fleet()) or exists (
    select from allocations a
    where a.node_id = gpu_samples.node_id
      and a.tenant_id = (select app_tenant())
      and a.started_at <= gpu_samples.at
      and (a.released_at is null or gpu_samples.at < a.released_at)
  )
);
--> statement-breakpoint
create policy worker_all on gpu_samples for all to ingot_worker using (true) with check (true);
--> statement-breakpoint
grant select on gpu_samples to ingot_app;
--> statement-breakpoint
grant select, insert on gpu_samples to ingot_worker;
--> statement-breakpoint
-- Makes the partitions of today and the next two days (UTC) and drops those that ended more than
-- `keep_days` ago. Partitions are made aside and attached, which waits for no reader and no writer;
-- dropping waits for both, two seconds at most, and is tried again the next time.
create function maintain_gpu_samples(keep_days integer) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  day date;
  part text;
begin
  if keep_days is null or keep_days < 1 then
    raise exception 'keep_days must be at least 1';
  end if;
  for day in select today + n from generate_series(0, 2) n loop
    part := 'gpu_samples_' || to_char(day, 'YYYYMMDD');
    if to_regclass(part) is null then
      execute format('create table %I (like gpu_samples including defaults including constraints)', part);
      execute format('alter table gpu_samples attach partition %I for values from (%L) to (%L)',
        part, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
    end if;
  end loop;
  begin
    for part in
      select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'gpu_samples'::regclass
        and to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep_days
    loop
      execute format('drop table %I', part);
    end loop;
  exception when lock_not_available then
    raise warning 'gpu_samples is being read; old partitions are dropped next time';
  end;
end $$;
--> statement-breakpoint
revoke execute on function maintain_gpu_samples(integer) from public;
--> statement-breakpoint
grant execute on function maintain_gpu_samples(integer) to ingot_worker;
--> statement-breakpoint
select maintain_gpu_samples(7);
