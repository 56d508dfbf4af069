ALTER TABLE "hook_runs" ADD COLUMN "answered_by" bigint;--> statement-breakpoint
-- by hand
-- Of what was answered before, the number of the call that is still known; else in the order of the clock, before any.
set local role ingot_worker;
--> statement-breakpoint
update hook_runs run
  set answered_by = coalesce(
    (select max(c.id) from provider_calls c where c.hook_run_id = run.id and c.outcome in ('done', 'again')),
    older.place)
  from (select id, row_number() over (order by started_at, position) - count(*) over () - 1 as place
    from hook_runs where turn > 0) older
  where older.id = run.id;
--> statement-breakpoint
reset role;
