CREATE TABLE "dry_calls" (
	"id" text PRIMARY KEY NOT NULL,
	"dry_run_id" text NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"point" text NOT NULL,
	"operation" text NOT NULL,
	"definition" jsonb NOT NULL,
	"input" jsonb NOT NULL,
	"state" text DEFAULT 'ready' NOT NULL,
	"answer" text,
	"words" text DEFAULT '' NOT NULL,
	"outputs" jsonb,
	"log" text DEFAULT '' NOT NULL,
	"duration_ms" integer,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "dry_calls_answered" CHECK (("dry_calls"."state" = 'ended') = ("dry_calls"."answer" is not null))
);
--> statement-breakpoint
CREATE TABLE "dry_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"template_version_id" text NOT NULL,
	"replay_of" text,
	"outputs" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"requested_by" text NOT NULL,
	"requested_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "provider_calls" ADD COLUMN "dry_call_id" text;--> statement-breakpoint
ALTER TABLE "dry_calls" ADD CONSTRAINT "dry_calls_dry_run_id_dry_runs_id_fk" FOREIGN KEY ("dry_run_id") REFERENCES "public"."dry_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dry_runs" ADD CONSTRAINT "dry_runs_template_version_id_template_versions_id_fk" FOREIGN KEY ("template_version_id") REFERENCES "public"."template_versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dry_runs" ADD CONSTRAINT "dry_runs_replay_of_hook_runs_id_fk" FOREIGN KEY ("replay_of") REFERENCES "public"."hook_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "dry_calls_once" ON "dry_calls" USING btree ("dry_run_id","position");--> statement-breakpoint
CREATE INDEX "dry_calls_open" ON "dry_calls" USING btree ("id") WHERE "dry_calls"."state" in ('ready','running');--> statement-breakpoint
CREATE INDEX "dry_runs_by_version" ON "dry_runs" USING btree ("template_version_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "dry_runs_by_replayed" ON "dry_runs" USING btree ("replay_of","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "dry_runs_by_age" ON "dry_runs" USING btree ("created_at");--> statement-breakpoint
-- by hand

-- Dry runs are the operators'. What a call came to is the worker's to say.
do $$
begin
  perform isolate('dry_runs', null, null);
  perform isolate('dry_calls', null, null);
end $$;
--> statement-breakpoint
grant select, insert on dry_runs, dry_calls to ingot_app;
--> statement-breakpoint
grant select, delete on dry_runs to ingot_worker;
--> statement-breakpoint
grant select, update on dry_calls to ingot_worker;
