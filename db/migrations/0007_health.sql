CREATE TABLE "gpu_latest" (
	"node_id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"gpu_util" real[] NOT NULL,
	"gpu_temp" smallint[] NOT NULL,
	"power_w" real[] NOT NULL,
	"clock_reasons" integer[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "health_handlings" (
	"reason_id" text PRIMARY KEY NOT NULL,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text,
	"acknowledged_count" integer,
	"note" text,
	"silenced_until" timestamp with time zone,
	"silenced_by" text,
	"silence_reason" text
);
--> statement-breakpoint
CREATE TABLE "health_reasons" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"gpu" smallint NOT NULL,
	"gpu_uuid" text,
	"code" text NOT NULL,
	"severity" text NOT NULL,
	"evidence" jsonb NOT NULL,
	"count" integer NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"closed_how" text,
	"allocation_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	CONSTRAINT "health_reasons_gpu" CHECK ("health_reasons"."gpu" between -1 and 31),
	CONSTRAINT "health_reasons_count" CHECK ("health_reasons"."count" > 0),
	CONSTRAINT "health_reasons_closed_somehow" CHECK (("health_reasons"."closed_at" is null) = ("health_reasons"."closed_how" is null))
);
--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_min" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_max" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_min" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_max" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_min" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_max" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_min" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_max" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "clock_reasons" integer;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "power_throttle_s" double precision;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "thermal_throttle_s" double precision;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "gpu_temp_limit" smallint;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "mem_temp_limit" smallint;--> statement-breakpoint
ALTER TABLE "gpu_latest" ADD CONSTRAINT "gpu_latest_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_handlings" ADD CONSTRAINT "health_handlings_reason_id_health_reasons_id_fk" FOREIGN KEY ("reason_id") REFERENCES "public"."health_reasons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "health_reasons_open" ON "health_reasons" USING btree ("allocation_id","gpu","code") WHERE "health_reasons"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "health_reasons_by_node" ON "health_reasons" USING btree ("node_id","last_seen_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "health_reasons_by_environment" ON "health_reasons" USING btree ("tenant_id","environment_id","last_seen_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "health_reasons_closed" ON "health_reasons" USING btree ("closed_at") WHERE "health_reasons"."closed_at" is not null;--> statement-breakpoint
-- by hand
-- A tenant reads why its nodes are not well, of the time in which it held them. Only the worker adds;
-- operators close.
select isolate('health_reasons', 'tenant_id = (select app_tenant())', null);
--> statement-breakpoint
drop policy app_updates on health_reasons;
--> statement-breakpoint
create policy app_updates on health_reasons for update to ingot_app
  using ((select app_fleet_write())) with check ((select app_fleet_write()));
--> statement-breakpoint
-- What operators make of it is theirs alone.
select isolate('health_handlings', null, null);
--> statement-breakpoint
select isolate('gpu_latest', null, null);
--> statement-breakpoint
grant select on health_reasons, health_handlings, gpu_latest to ingot_app;
--> statement-breakpoint
grant update (closed_at, closed_how) on health_reasons to ingot_app;
--> statement-breakpoint
grant insert, update on health_handlings to ingot_app;
--> statement-breakpoint
grant select, insert, update, delete on health_reasons to ingot_worker;
--> statement-breakpoint
grant select on health_handlings to ingot_worker;
--> statement-breakpoint
grant select, insert, update on gpu_latest to ingot_worker;
--> statement-breakpoint
-- It is written anew every few seconds: a crash may take it, and no page of it need be split.
alter table gpu_latest set unlogged;
--> statement-breakpoint
alter table gpu_latest set (fillfactor = 50);
--> statement-breakpoint
-- As before; rollups are kept for the widest window of a chart.
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
