CREATE TABLE "environment_secrets" (
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"name" text NOT NULL,
	"sealed_value" text NOT NULL,
	CONSTRAINT "environment_secrets_environment_id_name_pk" PRIMARY KEY("environment_id","name")
);
--> statement-breakpoint
CREATE TABLE "hook_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"name" text NOT NULL,
	"point" text NOT NULL,
	"position" integer NOT NULL,
	"round" integer DEFAULT 0 NOT NULL,
	"definition" jsonb NOT NULL,
	"is_gate" boolean NOT NULL,
	"state" text DEFAULT 'ready' NOT NULL,
	"words" text DEFAULT '' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"input" jsonb NOT NULL,
	"outputs" jsonb,
	"log" text DEFAULT '' NOT NULL,
	"saved" jsonb,
	"turn" integer DEFAULT 0 NOT NULL,
	"decided_by" text,
	"decided_by_name" text,
	"decided_at" timestamp with time zone,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"run_after" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"deadline_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "provider_calls" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"hook_run_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"duration_ms" integer NOT NULL,
	"outcome" text NOT NULL,
	"words" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "providers" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"address" text NOT NULL,
	"path" text NOT NULL,
	"certificate_pem" text,
	"sealed_secret" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"check_requested_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "sealed_inputs" text;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "inputs" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "hooks" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "inputs" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "is_withdrawn" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "environment_secrets" ADD CONSTRAINT "environment_secrets_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD CONSTRAINT "hook_runs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD CONSTRAINT "hook_runs_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_calls" ADD CONSTRAINT "provider_calls_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "hook_runs_once" ON "hook_runs" USING btree ("operation_id","name","round");--> statement-breakpoint
CREATE INDEX "hook_runs_by_environment" ON "hook_runs" USING btree ("environment_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "hook_runs_by_tenant" ON "hook_runs" USING btree ("tenant_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "hook_runs_due" ON "hook_runs" USING btree ("run_after") WHERE "hook_runs"."state" in ('ready','running','waiting');--> statement-breakpoint
CREATE INDEX "provider_calls_by_provider" ON "provider_calls" USING btree ("provider_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "provider_calls_by_run" ON "provider_calls" USING btree ("hook_run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "providers_name" ON "providers" USING btree ("name");--> statement-breakpoint
-- by hand

-- Providers and their calls are the operators'. The secret that signs is sealed for the worker.
do $$
begin
  perform isolate('providers', null, null);
  perform isolate('provider_calls', null, null);
  perform isolate('hook_runs', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
  perform isolate('environment_secrets', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
end $$;
--> statement-breakpoint
grant insert on providers, environment_secrets to ingot_app;
--> statement-breakpoint
grant select (id, name, description, address, path, certificate_pem, state, check_requested_at, created_at),
  update (description, address, path, certificate_pem, sealed_secret, state, check_requested_at) on providers to ingot_app;
--> statement-breakpoint
grant select on provider_calls to ingot_app;
--> statement-breakpoint
grant select (tenant_id, project_id, environment_id, name) on environment_secrets to ingot_app;
--> statement-breakpoint
-- The portal decides an approval and asks for a run again; what a run came to is the worker's to say.
grant select, insert on hook_runs to ingot_app;
--> statement-breakpoint
grant update (state, words, decided_by, decided_by_name, decided_at, finished_at, fence) on hook_runs to ingot_app;
--> statement-breakpoint
grant select, update (check_requested_at) on providers to ingot_worker;
--> statement-breakpoint
grant select, insert, delete on provider_calls to ingot_worker;
--> statement-breakpoint
grant usage on sequence provider_calls_id_seq to ingot_worker;
--> statement-breakpoint
grant select, insert, update on hook_runs to ingot_worker;
--> statement-breakpoint
grant select, delete on environment_secrets to ingot_worker;
--> statement-breakpoint
-- What a boot window holds sealed is for the boot server.
revoke select on boot_windows from ingot_app;
--> statement-breakpoint
do $$
begin
  execute (
    select format('grant select (%s) on boot_windows to ingot_app', string_agg(quote_ident(attname), ', '))
    from pg_attribute
    where attrelid = 'boot_windows'::regclass and attnum > 0 and not attisdropped and attname <> 'sealed_inputs');
end $$;
