-- by hand
-- The worker adds samples of GPUs by COPY, which Postgres refuses into a table with row-level security; so it
-- goes into a partition itself, which has none. What the worker may add is no more than before: its policy on
-- the table lets it add any row, and a partition still takes the rows of its own day alone. It may read and
-- change nothing there, and the portal's role still reaches no partition at all. Partitions that an older
-- worker makes are opened with the next upkeep; until then rows go through the table.
create function open_gpu_samples() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part regclass;
begin
  for part in
    select inhrelid::regclass from pg_inherits
    where inhparent = 'gpu_samples'::regclass and not has_table_privilege('ingot_worker', inhrelid, 'insert')
  loop
    execute format('grant insert on %s to ingot_worker', part);
  end loop;
end $$;
--> statement-breakpoint
revoke execute on function open_gpu_samples() from public;
--> statement-breakpoint
grant execute on function open_gpu_samples() to ingot_worker;
--> statement-breakpoint
select open_gpu_samples();
