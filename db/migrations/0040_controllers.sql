CREATE TABLE "controller_looks" (
	"node_id" text PRIMARY KEY NOT NULL,
	"tried_at" timestamp with time zone NOT NULL,
	"sensors_at" timestamp with time zone,
	"logs_at" timestamp with time zone,
	"log_cursor" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"watch" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"error" text,
	"error_since" timestamp with time zone,
	"silent_since" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "controller_samples" (
	"at" timestamp with time zone NOT NULL,
	"power_w" real,
	"inlet_c" real,
	"hottest_c" real,
	"fan_rpm" real,
	"fan_percent" real,
	"node_id" text NOT NULL
) PARTITION BY RANGE ("at");
--> statement-breakpoint
ALTER TABLE "controller_looks" ADD CONSTRAINT "controller_looks_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "controller_samples_by_node" ON "controller_samples" USING btree ("node_id","at");--> statement-breakpoint
-- by hand
-- Above, controller_samples has its partitions by hand: none can be made of a table afterwards.
--
-- What a controller measures and how it answers is the operators': a tenant's own telemetry is its
-- exporter's, and what of a controller concerns it is in the health of its node.
do $$
declare
  target text;
begin
  foreach target in array array['controller_looks', 'controller_samples'] loop
    perform isolate(target::regclass, null, null);
    execute format('grant select on %I to ingot_app', target);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update on controller_looks to ingot_worker;
--> statement-breakpoint
grant select, insert on controller_samples to ingot_worker;
--> statement-breakpoint
-- As before, and for what controllers measure.
create or replace function maintain_telemetry(keep_samples integer, keep_1m integer, keep_15m integer, keep_1h integer)
returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  parent text;
  unit text;
  width interval;
  keep integer;
  behind integer;
  begins date;
  part text;
begin
  if keep_samples is null or keep_samples < 1 or not (keep_samples <= keep_1m and keep_1m <= keep_15m
    and keep_15m <= keep_1h)
  then
    raise exception 'days to keep must be at least 1, and no fewer for a wider bucket';
  end if;
  for parent, unit, keep, behind in
    select kind || level.suffix, level.unit, level.keep, level.behind
    from unnest(array['gpu', 'gpu_instance', 'host']) kind,
      (values ('_samples', 'day', keep_samples, 0), ('_rollups', 'day', keep_1m, 2),
        ('_rollups_15m', 'month', keep_15m, keep_1m), ('_rollups_1h', 'month', keep_1h, keep_15m)
      ) level (suffix, unit, keep, behind)
    union all values ('controller_samples', 'day', keep_samples, 0)
  loop
    width := ('1 ' || unit)::interval;
    for begins in
      select generate_series(date_trunc(unit, (today - behind)::timestamp), today + 2, width)::date
    loop
      part := parent || '_' || to_char(begins, 'YYYYMMDD');
      if to_regclass(part) is null then
        execute format('create table %I (like %I including defaults including constraints)', part, parent);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, part, begins || ' 00:00:00+00', (begins + width)::date || ' 00:00:00+00');
      end if;
    end loop;
    begin
      for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass
          and to_date(right(c.relname, 8), 'YYYYMMDD') + width <= today - keep
      loop
        execute format('drop table %I', part);
      end loop;
    exception when lock_not_available then
      raise warning '% is being read; old partitions are dropped next time', parent;
    end;
  end loop;
end $$;
--> statement-breakpoint
-- Its partitions alone: how long the rest is kept is the operator's to say, and the worker's to do.
do $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  begins date;
  part text;
begin
  for begins in select generate_series(today, today + 2, interval '1 day')::date loop
    part := 'controller_samples_' || to_char(begins, 'YYYYMMDD');
    execute format('create table %I (like controller_samples including defaults including constraints)', part);
    execute format('alter table controller_samples attach partition %I for values from (%L) to (%L)',
      part, begins || ' 00:00:00+00', (begins + 1) || ' 00:00:00+00');
  end loop;
end $$;
