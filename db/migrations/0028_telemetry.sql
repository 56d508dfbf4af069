CREATE TABLE "gpu_instance_rollups" (
	"at" timestamp with time zone NOT NULL,
	"gr_active_min" real,
	"gr_active_avg" real,
	"gr_active_max" real,
	"sm_active_min" real,
	"sm_active_avg" real,
	"sm_active_max" real,
	"tensor_active_min" real,
	"tensor_active_avg" real,
	"tensor_active_max" real,
	"dram_active_min" real,
	"dram_active_avg" real,
	"dram_active_max" real,
	"fb_used_min" integer,
	"fb_used_avg" real,
	"fb_used_max" integer,
	"fb_free_min" integer,
	"fb_free_avg" real,
	"fb_free_max" integer,
	"fb_total_min" integer,
	"fb_total_avg" real,
	"fb_total_max" integer,
	"samples" smallint NOT NULL,
	"gpu" smallint NOT NULL,
	"instance" smallint NOT NULL,
	"profile" text NOT NULL,
	"allocation_id" text NOT NULL,
	CONSTRAINT "gpu_instance_rollups_allocation_id_at_gpu_instance_profile_pk" PRIMARY KEY("allocation_id","at","gpu","instance","profile")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "gpu_instance_samples" (
	"at" timestamp with time zone NOT NULL,
	"gr_active" real,
	"sm_active" real,
	"tensor_active" real,
	"dram_active" real,
	"fb_used" integer,
	"fb_free" integer,
	"fb_total" integer,
	"gpu" smallint NOT NULL,
	"instance" smallint NOT NULL,
	"profile" text NOT NULL,
	"node_id" text NOT NULL
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "host_rollups" (
	"at" timestamp with time zone NOT NULL,
	"cpu_busy_min" real,
	"cpu_busy_avg" real,
	"cpu_busy_max" real,
	"load1_min" real,
	"load1_avg" real,
	"load1_max" real,
	"mem_used_min" integer,
	"mem_used_avg" real,
	"mem_used_max" integer,
	"mem_total_min" integer,
	"mem_total_avg" real,
	"mem_total_max" integer,
	"net_rx_min" real,
	"net_rx_avg" real,
	"net_rx_max" real,
	"net_tx_min" real,
	"net_tx_avg" real,
	"net_tx_max" real,
	"disk_read_min" real,
	"disk_read_avg" real,
	"disk_read_max" real,
	"disk_write_min" real,
	"disk_write_avg" real,
	"disk_write_max" real,
	"ib_rx_min" real,
	"ib_rx_avg" real,
	"ib_rx_max" real,
	"ib_tx_min" real,
	"ib_tx_avg" real,
	"ib_tx_max" real,
	"samples" smallint NOT NULL,
	"allocation_id" text NOT NULL,
	CONSTRAINT "host_rollups_allocation_id_at_pk" PRIMARY KEY("allocation_id","at")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "nvswitch_latest" (
	"node_id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"nvswitch" smallint[] NOT NULL,
	"temperature" smallint[] NOT NULL,
	"tx" real[] NOT NULL,
	"rx" real[] NOT NULL,
	"fatal" integer[] NOT NULL,
	"non_fatal" integer[] NOT NULL,
	"link_errors" bigint[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "nvswitch_latest" ADD CONSTRAINT "nvswitch_latest_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "gpu_instance_rollups_by_time" ON "gpu_instance_rollups" USING btree ("at");--> statement-breakpoint
CREATE INDEX "gpu_instance_samples_by_node" ON "gpu_instance_samples" USING btree ("node_id","at");--> statement-breakpoint
CREATE INDEX "host_rollups_by_time" ON "host_rollups" USING btree ("at");--> statement-breakpoint
-- by hand
-- Above, three tables have their partitions by hand: none can be made of a table afterwards.
--
-- A tenant reads the samples of the time in which the node was its own: not what came before, not
-- what comes after. Nobody but the worker writes, and nobody changes.
alter table gpu_instance_samples add constraint gpu_instance_samples_number
  check (gpu between 0 and 31 and instance between 0 and 15);
--> statement-breakpoint
alter table gpu_instance_samples enable row level security;
--> statement-breakpoint
alter table gpu_instance_samples force row level security;
--> statement-breakpoint
create policy app_reads on gpu_instance_samples for select to ingot_app using (
  (select app_fleet()) or exists (
    select from allocations a
    where a.node_id = gpu_instance_samples.node_id
      and a.tenant_id = (select app_tenant())
      and a.started_at <= gpu_instance_samples.at
      and (a.released_at is null or gpu_instance_samples.at < a.released_at)
  )
);
--> statement-breakpoint
create policy worker_all on gpu_instance_samples for all to ingot_worker using (true) with check (true);
--> statement-breakpoint
grant select on gpu_instance_samples to ingot_app;
--> statement-breakpoint
grant select, insert on gpu_instance_samples to ingot_worker;
--> statement-breakpoint
-- A bucket belongs to one allocation, so a row is its tenant's as a whole, and the policy asks once per
-- query.
do $$
declare
  rollups text;
begin
  foreach rollups in array array['gpu_instance_rollups', 'host_rollups'] loop
    execute format('alter table %I enable row level security', rollups);
    execute format('alter table %I force row level security', rollups);
    execute format('create policy app_reads on %I for select to ingot_app using ((select app_fleet())
      or allocation_id in (select a.id from allocations a where a.tenant_id = (select app_tenant())))', rollups);
    execute format('create policy worker_all on %I for all to ingot_worker using (true) with check (true)', rollups);
    execute format('grant select on %I to ingot_app', rollups);
    execute format('grant select, insert, update on %I to ingot_worker', rollups);
  end loop;
end $$;
--> statement-breakpoint
-- Switches are the operators': a tenant sees what their errors mean in the health of its node.
select isolate('nvswitch_latest', null, null);
--> statement-breakpoint
grant select on nvswitch_latest to ingot_app;
--> statement-breakpoint
grant select, insert, update on nvswitch_latest to ingot_worker;
--> statement-breakpoint
-- It is written anew every few seconds: a crash may take it, and no page of it need be split.
alter table nvswitch_latest set unlogged;
--> statement-breakpoint
alter table nvswitch_latest set (fillfactor = 50);
--> statement-breakpoint
-- As maintain_gpu_samples, which an older worker goes on calling, for every table of telemetry: rollups
-- are kept for the widest window of a chart. They have their days behind, too: the first that are made
-- are of samples that were there before, and those after a time without a worker reach 26 hours back.
create function maintain_telemetry(keep_days integer) returns void
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
  foreach parent in array array['gpu_samples', 'gpu_rollups', 'gpu_instance_samples',
    'gpu_instance_rollups', 'host_samples', 'host_rollups']
  loop
    for day in
      select today + n from generate_series(case when parent like '%_rollups' then -2 else 0 end, 2) n
    loop
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
            < today - case when parent like '%_rollups' then greatest(keep_days, 32) else keep_days end
      loop
        execute format('drop table %I', part);
      end loop;
    exception when lock_not_available then
      raise warning '% is being read; old partitions are dropped next time', parent;
    end;
  end loop;
end $$;
--> statement-breakpoint
revoke execute on function maintain_telemetry(integer) from public;
--> statement-breakpoint
grant execute on function maintain_telemetry(integer) to ingot_worker;
--> statement-breakpoint
select maintain_telemetry(7);
