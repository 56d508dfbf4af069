CREATE INDEX "hook_runs_left_over" ON "hook_runs" USING btree ("operation_id") WHERE "hook_runs"."state" = 'failed' and "hook_runs"."input" ->> 'event' = 'destroy';--> statement-breakpoint
-- by hand: whoever changes a provider has what waits for it asked again.
grant update (run_after) on hook_runs to ingot_app;
