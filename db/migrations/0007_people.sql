CREATE TABLE "group_roles" (
	"id" text PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"group_name" text NOT NULL,
	"operator_role" text,
	"tenant_id" text,
	"tenant_role" text,
	"project_id" text,
	"project_role" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "group_roles_one_place" CHECK (num_nonnulls("group_roles"."operator_role", "group_roles"."tenant_role", "group_roles"."project_role") = 1
        and ("group_roles"."operator_role" is null) = ("group_roles"."tenant_id" is not null)
        and ("group_roles"."project_role" is not null) = ("group_roles"."project_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "identity_providers" (
	"id" text PRIMARY KEY NOT NULL,
	"label" text NOT NULL,
	"issuer" text NOT NULL,
	"client_id" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"email_domains" text[] DEFAULT '{}' NOT NULL,
	"groups_claim" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_rules" (
	"id" integer PRIMARY KEY NOT NULL,
	"passwords" text DEFAULT 'everyone' NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sign_in_rules_one_row" CHECK ("sign_in_rules"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "user_identities" (
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"linked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_identities_issuer_subject_pk" PRIMARY KEY("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "invitation_projects" (
	"tenant_id" text NOT NULL,
	"invitation_id" text NOT NULL,
	"project_id" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "invitation_projects_invitation_id_project_id_pk" PRIMARY KEY("invitation_id","project_id")
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"member_days" integer,
	"token_hash" text NOT NULL,
	"invited_by" text NOT NULL,
	"invited_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone,
	"accepted_by" text,
	"withdrawn_at" timestamp with time zone,
	CONSTRAINT "invitations_of_tenant" UNIQUE("tenant_id","id"),
	CONSTRAINT "invitations_end_once" CHECK ("invitations"."accepted_at" is null or "invitations"."withdrawn_at" is null),
	CONSTRAINT "invitations_owner_stays" CHECK ("invitations"."role" <> 'owner' or "invitations"."member_days" is null),
	CONSTRAINT "invitations_member_days" CHECK ("invitations"."member_days" between 1 and 366)
);
--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_group" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_provider_id" text;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_provider_id_identity_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."identity_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation_projects" ADD CONSTRAINT "invitation_projects_invitation" FOREIGN KEY ("tenant_id","invitation_id") REFERENCES "public"."invitations"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation_projects" ADD CONSTRAINT "invitation_projects_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "group_roles_by_provider" ON "group_roles" USING btree ("provider_id");--> statement-breakpoint
CREATE UNIQUE INDEX "group_roles_once" ON "group_roles" USING btree ("provider_id","group_name",coalesce("tenant_id", ''),coalesce("project_id", ''));--> statement-breakpoint
CREATE UNIQUE INDEX "identity_providers_issuer" ON "identity_providers" USING btree ("issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "user_identities_one_per_issuer" ON "user_identities" USING btree ("user_id","issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_token" ON "invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_one_open_per_address" ON "invitations" USING btree ("tenant_id","email") WHERE "invitations"."accepted_at" is null and "invitations"."withdrawn_at" is null;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_owner_stays" CHECK ("tenant_members"."role" <> 'owner' or "tenant_members"."until" is null);--> statement-breakpoint
-- by hand

-- What a group is worth is the operators' to know; a sign-in with a provider reads it in their scope.
select isolate('group_roles', null, null);
--> statement-breakpoint
grant select, insert, delete on group_roles to ingot_app;
--> statement-breakpoint
-- Of no tenant: asked before there is anybody to ask for.
grant select, insert, update, delete on identity_providers, user_identities to ingot_app;
--> statement-breakpoint
grant select, insert, update on sign_in_rules to ingot_app;
--> statement-breakpoint
select isolate('invitations', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
select isolate('invitation_projects', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
grant select, insert, update on invitations to ingot_app;
--> statement-breakpoint
grant select, insert on invitation_projects to ingot_app;
--> statement-breakpoint
-- A membership that has ended opens nothing, neither here nor in the portal.
create function app_is_member(p_tenant text) returns boolean language sql stable parallel safe
  return exists (select from tenant_members m where m.tenant_id = p_tenant
    and m.user_id = app_user() and (m.until is null or m.until > now()));
--> statement-breakpoint
do $$
declare
  own constant text := 'tenant_id = (select app_tenant())';
  target text;
  policy text;
begin
  foreach target in array array['projects', 'tenants', 'audit_events'] loop
    foreach policy in array array['app_reads', 'app_inserts', 'app_updates', 'app_deletes', 'worker_all'] loop
      execute format('drop policy %I on %I', policy, target);
    end loop;
  end loop;
  perform isolate('projects', own || ' or app_is_member(tenant_id)', own);
  perform isolate('tenants', 'id = (select app_tenant()) or app_is_member(id)', 'id = (select app_tenant())');
  perform isolate('audit_events', own, 'tenant_id is null or ' || own || ' or app_is_member(tenant_id)');
end $$;
