ALTER TABLE "hook_runs" ADD COLUMN "log_tail" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD COLUMN "log_left_out" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD COLUMN "calls" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- by hand
-- Calls that are still known count, and what comes after the one log that was kept begins on a line of its own.
set local role ingot_worker;
--> statement-breakpoint
update hook_runs run set calls = made.calls
  from (select hook_run_id, count(*) as calls from provider_calls where hook_run_id is not null group by hook_run_id) made
  where made.hook_run_id = run.id;
--> statement-breakpoint
update hook_runs set log = log || E'\n' where log <> '';
--> statement-breakpoint
reset role;
