CREATE TABLE "script_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"hook_run_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"hostname" text NOT NULL,
	"attempt" integer NOT NULL,
	"state" text DEFAULT 'offered' NOT NULL,
	"begun_by" text,
	"exit_code" integer,
	"words" text DEFAULT '' NOT NULL,
	"outputs" jsonb,
	"log" text DEFAULT '' NOT NULL,
	"sealed_end" text,
	"log_bytes" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "hook_token_hash" text;--> statement-breakpoint
ALTER TABLE "script_runs" ADD CONSTRAINT "script_runs_hook_run_id_hook_runs_id_fk" FOREIGN KEY ("hook_run_id") REFERENCES "public"."hook_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "script_runs" ADD CONSTRAINT "script_runs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "script_runs" ADD CONSTRAINT "script_runs_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "script_runs_once" ON "script_runs" USING btree ("hook_run_id","operation_id","attempt");--> statement-breakpoint
CREATE INDEX "script_runs_by_operation" ON "script_runs" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "script_runs_by_environment" ON "script_runs" USING btree ("environment_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_hook_token" ON "boot_windows" USING btree ("hook_token_hash");--> statement-breakpoint
-- by hand
select isolate('script_runs', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
-- What a script came to is the node's to say. What may be the beginning of a secret is for the boot server.
grant select (id, tenant_id, project_id, environment_id, hook_run_id, operation_id, hostname, attempt, state,
  exit_code, words, outputs, log, log_bytes, created_at, started_at, finished_at) on script_runs to ingot_app;
--> statement-breakpoint
grant select, insert, update on script_runs to ingot_worker;
--> statement-breakpoint
grant select (hook_token_hash) on boot_windows to ingot_app;
