ALTER TABLE "script_runs" ADD COLUMN "log_tail" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "script_runs" ADD COLUMN "log_left_out" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- by hand: what a script wrote is its tenant's to read.
grant select (log_tail, log_left_out) on script_runs to ingot_app;
