CREATE TABLE "host_samples" (
	"at" timestamp with time zone NOT NULL,
	"cpu_busy" real,
	"load1" real,
	"mem_used" integer,
	"mem_total" integer,
	"net_rx" real,
	"net_tx" real,
	"disk_read" real,
	"disk_write" real,
	"ib_rx" real,
	"ib_tx" real,
	"node_id" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "host_telemetry_error" text;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "host_telemetry_error_since" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "host_samples_by_node" ON "host_samples" USING btree ("node_id","at");--> statement-breakpoint
-- by hand
-- Host telemetry: one row per node and scrape (lib/domain/telemetry/host-metric.ts). What stands above is
-- the same table without its partitions, which cannot be made afterwards. Null is "not given". No key:
-- one worker asks a node once at a time, and a second unique index would cost as much as the data.
drop table host_samples;
--> statement-breakpoint
create table host_samples (
  at timestamptz not null,
  cpu_busy real,
  load1 real,
  mem_used integer,
  mem_total integer,
  net_rx real,
  net_tx real,
  disk_read real,
  disk_write real,
  ib_rx real,
  ib_tx real,
  node_id text not null
) partition by range (at);
--> statement-breakpoint
create index host_samples_by_node on host_samples (node_id, at);
--> statement-breakpoint
-- A tenant reads the samples of the time in which the node was its own: not what came before, not
-- what comes after. Nobody but the worker writes, and nobody changes.
alter table host_samples enable row level security;
--> statement-breakpoint
alter table host_samples force row level security;
--> statement-breakpoint
create policy app_reads on host_samples for select to ingot_app using (
  (select app_fleet()) or exists (
    select from allocations a
    where a.node_id = host_samples.node_id
      and a.tenant_id = (select app_tenant())
      and a.started_at <= host_samples.at
      and (a.released_at is null or host_samples.at < a.released_at)
  )
);
--> statement-breakpoint
create policy worker_all on host_samples for all to ingot_worker using (true) with check (true);
--> statement-breakpoint
grant select on host_samples to ingot_app;
--> statement-breakpoint
grant select, insert on host_samples to ingot_worker;
--> statement-breakpoint
-- As before; the samples of hosts are kept as long as those of GPUs.
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
  foreach parent in array array['gpu_samples', 'gpu_rollups', 'host_samples'] loop
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
          and to_date(right(c.relname, 8), 'YYYYMMDD')
            < today - case parent when 'gpu_rollups' then greatest(keep_days, 32) else keep_days end
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
--> statement-breakpoint
-- Nodes that are held without GPUs are not asked for any from now on: that none was told is no outage. As
-- the worker, since the tables' owner sees none of their rows.
set local role ingot_worker;
--> statement-breakpoint
update nodes n set telemetry_error = null, telemetry_error_since = null
where exists (
  select from allocations a where a.node_id = n.id and a.released_at is null and a.gpus = 0
);
--> statement-breakpoint
reset role;
