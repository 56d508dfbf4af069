CREATE TABLE "context_attachments" (
	"context_id" text NOT NULL,
	"template_id" text,
	"provider_id" text,
	"tenant_id" text,
	"project_id" text,
	"attached_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "context_attachments_one_place" CHECK (num_nonnulls("context_attachments"."template_id", "context_attachments"."provider_id", "context_attachments"."project_id") = 1
        and ("context_attachments"."tenant_id" is null) = ("context_attachments"."project_id" is null))
);
--> statement-breakpoint
CREATE TABLE "context_secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"context_id" text NOT NULL,
	"name" text NOT NULL,
	"sealed_value" text NOT NULL,
	"rotated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"rotated_by_name" text NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "contexts" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"variables" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"files" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "environment_context_secrets" (
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"secret_id" text NOT NULL,
	CONSTRAINT "environment_context_secrets_environment_id_secret_id_pk" PRIMARY KEY("environment_id","secret_id")
);
--> statement-breakpoint
CREATE TABLE "environment_contexts" (
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"position" integer NOT NULL,
	"context_id" text NOT NULL,
	"name" text NOT NULL,
	"source" text NOT NULL,
	"variables" jsonb NOT NULL,
	"files" jsonb NOT NULL,
	CONSTRAINT "environment_contexts_environment_id_position_pk" PRIMARY KEY("environment_id","position")
);
--> statement-breakpoint
ALTER TABLE "context_attachments" ADD CONSTRAINT "context_attachments_context_id_contexts_id_fk" FOREIGN KEY ("context_id") REFERENCES "public"."contexts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "context_attachments" ADD CONSTRAINT "context_attachments_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "context_attachments" ADD CONSTRAINT "context_attachments_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "context_attachments" ADD CONSTRAINT "context_attachments_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "context_secrets" ADD CONSTRAINT "context_secrets_context_id_contexts_id_fk" FOREIGN KEY ("context_id") REFERENCES "public"."contexts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_context_secrets" ADD CONSTRAINT "environment_context_secrets_secret_id_context_secrets_id_fk" FOREIGN KEY ("secret_id") REFERENCES "public"."context_secrets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_context_secrets" ADD CONSTRAINT "environment_context_secrets_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_contexts" ADD CONSTRAINT "environment_contexts_context_id_contexts_id_fk" FOREIGN KEY ("context_id") REFERENCES "public"."contexts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_contexts" ADD CONSTRAINT "environment_contexts_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "context_attachments_once" ON "context_attachments" USING btree ("context_id",coalesce("template_id", "provider_id", "project_id"));--> statement-breakpoint
CREATE INDEX "context_attachments_by_template" ON "context_attachments" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "context_attachments_by_provider" ON "context_attachments" USING btree ("provider_id");--> statement-breakpoint
CREATE INDEX "context_attachments_by_project" ON "context_attachments" USING btree ("tenant_id","project_id");--> statement-breakpoint
CREATE UNIQUE INDEX "context_secrets_current" ON "context_secrets" USING btree ("context_id","name") WHERE "context_secrets"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "contexts_name" ON "contexts" USING btree ("name") WHERE "contexts"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "environment_context_secrets_by_secret" ON "environment_context_secrets" USING btree ("secret_id");--> statement-breakpoint
CREATE INDEX "environment_contexts_by_context" ON "environment_contexts" USING btree ("context_id");--> statement-breakpoint
-- by hand
-- Contexts are the operators', also what an environment keeps of them: a tenant reads no row.
do $$
declare
  target regclass;
begin
  foreach target in array array['contexts', 'context_secrets', 'context_attachments', 'environment_contexts',
    'environment_context_secrets']::regclass[] loop
    perform isolate(target, null, null);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update on contexts to ingot_app;
--> statement-breakpoint
grant insert on context_secrets to ingot_app;
--> statement-breakpoint
-- A value is sealed for the worker, and is not changed: another one is another row.
grant select (id, context_id, name, rotated_at, rotated_by_name, ended_at), update (ended_at)
  on context_secrets to ingot_app;
--> statement-breakpoint
grant select, insert, delete on context_attachments to ingot_app;
--> statement-breakpoint
grant select on environment_contexts, environment_context_secrets to ingot_app;
--> statement-breakpoint
grant select on contexts, context_attachments to ingot_worker;
--> statement-breakpoint
grant select, delete on context_secrets to ingot_worker;
--> statement-breakpoint
grant select, insert, delete on environment_contexts, environment_context_secrets to ingot_worker;
--> statement-breakpoint
select hold_sealed('context_secrets', '{id}', '{sealed_value}');
--> statement-breakpoint
-- Keeps with an environment that is being launched the contexts of its template and of its project, as
-- they are now. A launch is a tenant's act and a tenant reads no context: so this reads them for it.
create function record_contexts(p_environment text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into environment_contexts (tenant_id, project_id, environment_id, position, context_id, name, source,
    variables, files)
  select e.tenant_id, e.project_id, e.id,
    row_number() over (order by a.project_id is not null, a.attached_at, c.name) - 1,
    c.id, c.name, case when a.project_id is null then 'template' else 'project' end, c.variables, c.files
  from environments e
  join template_versions v on v.id = e.template_version_id
  join context_attachments a
    on a.template_id = v.template_id or (a.tenant_id = e.tenant_id and a.project_id = e.project_id)
  join contexts c on c.id = a.context_id
  where e.id = p_environment and e.tenant_id = app_tenant();
  insert into environment_context_secrets (tenant_id, project_id, environment_id, secret_id)
  select distinct k.tenant_id, k.project_id, k.environment_id, s.id
  from environment_contexts k
  join context_secrets s on s.context_id = k.context_id and s.ended_at is null
  where k.environment_id = p_environment and k.tenant_id = app_tenant();
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function record_contexts(text) from public;
  grant execute on function record_contexts(text) to ingot_app;
  alter function record_contexts(text) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
