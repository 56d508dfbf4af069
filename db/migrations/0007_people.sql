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
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_group" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_provider_id" text;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_provider_id_identity_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."identity_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "group_roles_by_provider" ON "group_roles" USING btree ("provider_id");--> statement-breakpoint
CREATE UNIQUE INDEX "group_roles_once" ON "group_roles" USING btree ("provider_id","group_name",coalesce("tenant_id", ''),coalesce("project_id", ''));--> statement-breakpoint
CREATE UNIQUE INDEX "identity_providers_issuer" ON "identity_providers" USING btree ("issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "user_identities_one_per_issuer" ON "user_identities" USING btree ("user_id","issuer");--> statement-breakpoint
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
