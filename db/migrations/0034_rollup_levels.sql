-- by hand
-- Telemetry rolled up in three widths instead of one: the tables there were hold minutes from now on, and
-- two more of each kind hold quarters of an hour and hours. What stands first is what the schema says, with
-- the columns as narrow as those there were (widest first, so that no byte is padding) and with partitions,
-- which cannot be made of a table afterwards.
--
-- What was kept before, 32 days of buckets of two minutes, stays, and is lost to nobody: it stands among the
-- minutes, and the worker that starts after this makes quarters and hours of it, from the oldest on, a day
-- at a time; until it has, charts are drawn of the minutes. Of those quarters, one holds the minute after it
-- that it shares with a bucket of two minutes; hours hold what they should. Of the minutes before the
-- upgrade, some scrapes weigh twice in a mean, and a chart of single minutes shows every second one.
do $$
declare
  kind text;
  keys text;
  width text;
  rollups text;
begin
  for kind, keys in values ('gpu_rollups', 'allocation_id, at, gpu'),
    ('gpu_instance_rollups', 'allocation_id, at, gpu, instance, profile'),
    ('host_rollups', 'allocation_id, at')
  loop
    foreach width in array array['15m', '1h'] loop
      rollups := kind || '_' || width;
      execute format('create table %I (like %I including defaults including constraints) partition by range (at)',
        rollups, kind);
      execute format('alter table %I add constraint %I primary key (%s)',
        rollups, left(rollups || '_' || replace(keys, ', ', '_') || '_pk', 63), keys);
      execute format('create index %I on %I (at)', rollups || '_by_time', rollups);
      -- A bucket belongs to one allocation, so a row is its tenant's as a whole, and the policy asks once
      -- per query.
      execute format('alter table %I enable row level security', rollups);
      execute format('alter table %I force row level security', rollups);
      execute format('create policy app_reads on %I for select to ingot_app using ((select app_fleet())
        or allocation_id in (select a.id from allocations a where a.tenant_id = (select app_tenant())))', rollups);
      execute format('create policy worker_all on %I for all to ingot_worker using (true) with check (true)', rollups);
      execute format('grant select on %I to ingot_app', rollups);
      execute format('grant select, insert, update on %I to ingot_worker', rollups);
    end loop;
  end loop;
end $$;
--> statement-breakpoint
-- As maintain_telemetry(integer), which an older worker goes on calling, for all widths, each with days of
-- its own. Quarters and hours have a partition a month: kept for a year, a day each were too many. Their
-- partitions reach back as far as what they are made of, since that is where the first of them begin; those
-- of minutes reach two days back, as before. A partition is dropped when all of it is old enough.
create function maintain_telemetry(keep_samples integer, keep_1m integer, keep_15m integer, keep_1h integer)
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
revoke execute on function maintain_telemetry(integer, integer, integer, integer) from public;
--> statement-breakpoint
grant execute on function maintain_telemetry(integer, integer, integer, integer) to ingot_worker;
--> statement-breakpoint
select maintain_telemetry(7, 32, 100, 400);
