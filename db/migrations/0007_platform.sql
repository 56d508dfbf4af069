CREATE TABLE "api_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"user_id" text,
	"service_account_id" text,
	"tenant_id" text,
	"project_id" text,
	"scopes" text[] NOT NULL,
	"created_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"last_used_address" text,
	"window_at" timestamp with time zone,
	"window_requests" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "api_tokens_have_one_owner" CHECK (num_nonnulls("api_tokens"."user_id", "api_tokens"."service_account_id") = 1),
	CONSTRAINT "api_tokens_of_one_place" CHECK (("api_tokens"."tenant_id" is null) = ("api_tokens"."project_id" is null) and ("api_tokens"."service_account_id" is null or "api_tokens"."project_id" is not null)),
	CONSTRAINT "api_tokens_end" CHECK ("api_tokens"."expires_at" <= "api_tokens"."created_at" + interval '90 days')
);
--> statement-breakpoint
CREATE TABLE "service_accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "service_accounts_of_project" UNIQUE("tenant_id","project_id","id")
);
--> statement-breakpoint
CREATE TABLE "audit_chains" (
	"chain" text PRIMARY KEY NOT NULL,
	"length" bigint NOT NULL,
	"hash" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_links" (
	"chain" text NOT NULL,
	"sequence" bigint NOT NULL,
	"event_id" text NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_links_chain_sequence_pk" PRIMARY KEY("chain","sequence"),
	CONSTRAINT "audit_links_event_id_unique" UNIQUE("event_id")
);
--> statement-breakpoint
CREATE TABLE "fabric_ports" (
	"guid" text PRIMARY KEY NOT NULL,
	"fabric_id" text NOT NULL,
	"node_guid" text,
	"leaf" text NOT NULL,
	"leaf_port" integer,
	"rail" text,
	"rate_gbps" double precision,
	"description" text,
	"node_id" text,
	CONSTRAINT "fabric_ports_guid" CHECK ("fabric_ports"."guid" ~ '^[0-9a-f]{16}$')
);
--> statement-breakpoint
CREATE TABLE "fabrics" (
	"id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"places_from" text,
	"places_detail" text,
	"places_at" timestamp with time zone,
	"places_by" text,
	CONSTRAINT "fabrics_places_have_a_time" CHECK (("fabrics"."places_from" is null) = ("fabrics"."places_at" is null))
);
--> statement-breakpoint
CREATE TABLE "nvlink_members" (
	"node_id" text PRIMARY KEY NOT NULL,
	"fabric_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gpu_latest" (
	"node_id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"gpu_util" real[] NOT NULL,
	"gpu_temp" smallint[] NOT NULL,
	"power_w" real[] NOT NULL,
	"clock_reasons" integer[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "health_handlings" (
	"reason_id" text PRIMARY KEY NOT NULL,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text,
	"acknowledged_count" integer,
	"note" text,
	"silenced_until" timestamp with time zone,
	"silenced_by" text,
	"silence_reason" text
);
--> statement-breakpoint
CREATE TABLE "health_reasons" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"gpu" smallint NOT NULL,
	"gpu_uuid" text,
	"code" text NOT NULL,
	"severity" text NOT NULL,
	"evidence" jsonb NOT NULL,
	"count" integer NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"closed_how" text,
	"allocation_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	CONSTRAINT "health_reasons_gpu" CHECK ("health_reasons"."gpu" between -1 and 31),
	CONSTRAINT "health_reasons_count" CHECK ("health_reasons"."count" > 0),
	CONSTRAINT "health_reasons_closed_somehow" CHECK (("health_reasons"."closed_at" is null) = ("health_reasons"."closed_how" is null))
);
--> statement-breakpoint
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
CREATE TABLE "burn_ins" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"inspection_id" text NOT NULL,
	"node_id" text NOT NULL,
	"test" text NOT NULL,
	"result" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone NOT NULL,
	"figures" jsonb NOT NULL,
	"words" text NOT NULL,
	"log" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inspections" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"ordered" jsonb NOT NULL,
	"tool" text,
	"facts" jsonb,
	"conflicts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"accepted" boolean NOT NULL,
	"verdict" text NOT NULL,
	"judged_at" timestamp with time zone DEFAULT now() NOT NULL
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
CREATE TABLE "node_partitions" (
	"node_id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"environment_id" text,
	"pkey" integer,
	"is_wanted" boolean DEFAULT false NOT NULL,
	"guids" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"is_changing" boolean DEFAULT false NOT NULL,
	"seen_at" timestamp with time zone,
	"drift" text,
	"drift_since" timestamp with time zone,
	CONSTRAINT "node_partitions_pkey" CHECK ("node_partitions"."pkey" between 1 and 32767),
	CONSTRAINT "node_partitions_wants_one" CHECK (not "node_partitions"."is_wanted" or "node_partitions"."pkey" is not null)
);
--> statement-breakpoint
CREATE TABLE "site_fabric_managers" (
	"site_id" text PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"certificate_pem" text NOT NULL,
	"username" text NOT NULL,
	"sealed_password" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "password_rotations" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"state" text DEFAULT 'prepared' NOT NULL,
	"sealed" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"new_refused" boolean DEFAULT false NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "site_provisioning" (
	"site_id" text PRIMARY KEY NOT NULL,
	"mode" text NOT NULL,
	"network_interface" text,
	"subnet" text NOT NULL,
	"first_address" text,
	"last_address" text,
	"router" text,
	"dns" text,
	"lease_minutes" integer NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idle_gpus" (
	"allocation_id" text NOT NULL,
	"gpu" smallint NOT NULL,
	"since" timestamp with time zone NOT NULL,
	CONSTRAINT "idle_gpus_allocation_id_gpu_pk" PRIMARY KEY("allocation_id","gpu")
);
--> statement-breakpoint
CREATE TABLE "use_days" (
	"allocation_id" text NOT NULL,
	"day" date NOT NULL,
	"busy_seconds" double precision NOT NULL,
	"idle_seconds" double precision NOT NULL,
	CONSTRAINT "use_days_allocation_id_day_pk" PRIMARY KEY("allocation_id","day")
);
--> statement-breakpoint
CREATE TABLE "use_judged" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "wipe_measures" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"allocation_id" text,
	"tenant_id" text,
	"environment_id" text,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"words" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "token_id" text;--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "token_name" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "sealed_inputs" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "inspection" jsonb;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "inspection_report" jsonb;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "job_log" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "job_log_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "profiles" ADD COLUMN "longest_lease_hours" integer;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "inputs" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "hooks" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "inputs" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "ends_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "power_limit_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_min" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "mem_temp_max" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_min" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "sm_clock_max" smallint;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_tx_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_min" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "pcie_rx_max" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_min" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_sbe_max" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_min" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_avg" real;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "ecc_dbe_max" integer;--> statement-breakpoint
ALTER TABLE "gpu_rollups" ADD COLUMN "clock_reasons" integer;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "power_throttle_s" double precision;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "thermal_throttle_s" double precision;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "gpu_temp_limit" smallint;--> statement-breakpoint
ALTER TABLE "gpu_samples" ADD COLUMN "mem_temp_limit" smallint;--> statement-breakpoint
ALTER TABLE "node_findings" ADD COLUMN "accounts" jsonb;--> statement-breakpoint
ALTER TABLE "node_findings" ADD COLUMN "record" jsonb;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "fabric_key" text;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "leaf_keys" jsonb;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "is_withdrawn" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "input" jsonb;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "project_members" ADD COLUMN "until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "provider_group" text;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD COLUMN "until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "provider_id" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_group" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "operator_provider_id" text;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_service_account" FOREIGN KEY ("tenant_id","project_id","service_account_id") REFERENCES "public"."service_accounts"("tenant_id","project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_accounts" ADD CONSTRAINT "service_accounts_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fabric_ports" ADD CONSTRAINT "fabric_ports_fabric_id_fabrics_id_fk" FOREIGN KEY ("fabric_id") REFERENCES "public"."fabrics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fabric_ports" ADD CONSTRAINT "fabric_ports_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fabrics" ADD CONSTRAINT "fabrics_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nvlink_members" ADD CONSTRAINT "nvlink_members_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nvlink_members" ADD CONSTRAINT "nvlink_members_fabric_id_fabrics_id_fk" FOREIGN KEY ("fabric_id") REFERENCES "public"."fabrics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gpu_latest" ADD CONSTRAINT "gpu_latest_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_handlings" ADD CONSTRAINT "health_handlings_reason_id_health_reasons_id_fk" FOREIGN KEY ("reason_id") REFERENCES "public"."health_reasons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_secrets" ADD CONSTRAINT "environment_secrets_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD CONSTRAINT "hook_runs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hook_runs" ADD CONSTRAINT "hook_runs_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_calls" ADD CONSTRAINT "provider_calls_provider_id_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."providers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_provider_id_identity_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."identity_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_roles" ADD CONSTRAINT "group_roles_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "burn_ins" ADD CONSTRAINT "burn_ins_inspection_id_inspections_id_fk" FOREIGN KEY ("inspection_id") REFERENCES "public"."inspections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "burn_ins" ADD CONSTRAINT "burn_ins_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspections" ADD CONSTRAINT "inspections_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspections" ADD CONSTRAINT "inspections_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation_projects" ADD CONSTRAINT "invitation_projects_invitation" FOREIGN KEY ("tenant_id","invitation_id") REFERENCES "public"."invitations"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation_projects" ADD CONSTRAINT "invitation_projects_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_partitions" ADD CONSTRAINT "node_partitions_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_partitions" ADD CONSTRAINT "node_partitions_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_fabric_managers" ADD CONSTRAINT "site_fabric_managers_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "password_rotations" ADD CONSTRAINT "password_rotations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "password_rotations" ADD CONSTRAINT "password_rotations_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_provisioning" ADD CONSTRAINT "site_provisioning_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idle_gpus" ADD CONSTRAINT "idle_gpus_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "use_days" ADD CONSTRAINT "use_days_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_key" ON "api_tokens" USING btree ("key");--> statement-breakpoint
CREATE INDEX "api_tokens_by_user" ON "api_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "api_tokens_by_service_account" ON "api_tokens" USING btree ("service_account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "service_accounts_name" ON "service_accounts" USING btree ("project_id","name") WHERE "service_accounts"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "fabric_ports_by_fabric" ON "fabric_ports" USING btree ("fabric_id","leaf");--> statement-breakpoint
CREATE UNIQUE INDEX "fabrics_name_per_site" ON "fabrics" USING btree ("site_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "health_reasons_open" ON "health_reasons" USING btree ("allocation_id","gpu","code") WHERE "health_reasons"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "health_reasons_by_node" ON "health_reasons" USING btree ("node_id","last_seen_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "health_reasons_by_environment" ON "health_reasons" USING btree ("tenant_id","environment_id","last_seen_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "health_reasons_closed" ON "health_reasons" USING btree ("closed_at") WHERE "health_reasons"."closed_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "hook_runs_once" ON "hook_runs" USING btree ("operation_id","name","round");--> statement-breakpoint
CREATE INDEX "hook_runs_by_environment" ON "hook_runs" USING btree ("environment_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "hook_runs_by_tenant" ON "hook_runs" USING btree ("tenant_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "hook_runs_due" ON "hook_runs" USING btree ("run_after") WHERE "hook_runs"."state" in ('ready','running','waiting');--> statement-breakpoint
CREATE INDEX "provider_calls_by_provider" ON "provider_calls" USING btree ("provider_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "provider_calls_by_run" ON "provider_calls" USING btree ("hook_run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "providers_name" ON "providers" USING btree ("name");--> statement-breakpoint
CREATE INDEX "group_roles_by_provider" ON "group_roles" USING btree ("provider_id");--> statement-breakpoint
CREATE UNIQUE INDEX "group_roles_once" ON "group_roles" USING btree ("provider_id","group_name",coalesce("tenant_id", ''),coalesce("project_id", ''));--> statement-breakpoint
CREATE UNIQUE INDEX "identity_providers_issuer" ON "identity_providers" USING btree ("issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "user_identities_one_per_issuer" ON "user_identities" USING btree ("user_id","issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "burn_ins_once_per_inspection" ON "burn_ins" USING btree ("inspection_id","test");--> statement-breakpoint
CREATE INDEX "burn_ins_by_node" ON "burn_ins" USING btree ("node_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "inspections_one_per_operation" ON "inspections" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "inspections_by_node" ON "inspections" USING btree ("node_id","judged_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_token" ON "invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_one_open_per_address" ON "invitations" USING btree ("tenant_id","email") WHERE "invitations"."accepted_at" is null and "invitations"."withdrawn_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "password_rotations_one_open_per_node" ON "password_rotations" USING btree ("node_id") WHERE "password_rotations"."state" in ('prepared','sent','unresolved');--> statement-breakpoint
CREATE INDEX "password_rotations_by_node" ON "password_rotations" USING btree ("node_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "password_rotations_by_operation" ON "password_rotations" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "use_days_by_day" ON "use_days" USING btree ("day");--> statement-breakpoint
CREATE UNIQUE INDEX "wipe_measures_one_of_a_kind" ON "wipe_measures" USING btree ("operation_id","kind");--> statement-breakpoint
CREATE INDEX "wipe_measures_by_node" ON "wipe_measures" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "wipe_measures_by_environment" ON "wipe_measures" USING btree ("tenant_id","environment_id");--> statement-breakpoint
CREATE INDEX "environments_by_end" ON "environments" USING btree ("ends_at") WHERE "environments"."ends_at" is not null and "environments"."released_at" is null;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_lease" CHECK ("profiles"."longest_lease_hours" between 1 and 8760);--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_owner_stays" CHECK ("tenant_members"."role" <> 'owner' or "tenant_members"."until" is null);--> statement-breakpoint

-- A service account belongs to its project; a token to a person, or to its service account.
select isolate('service_accounts', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
select isolate('api_tokens',
  '(service_account_id is not null and tenant_id = (select app_tenant())) or user_id = (select app_user())',
  '(service_account_id is not null and tenant_id = (select app_tenant())) or user_id = (select app_user())');
--> statement-breakpoint
grant select, insert on service_accounts, api_tokens to ingot_app;
--> statement-breakpoint
grant update (role, removed_at) on service_accounts to ingot_app;
--> statement-breakpoint
-- What a token may do is settled when it is made: from then on it can only end.
grant update (revoked_at) on api_tokens to ingot_app;
--> statement-breakpoint
grant select on service_accounts to ingot_worker;
--> statement-breakpoint
grant select, update on api_tokens to ingot_worker;
--> statement-breakpoint

-- Finds a token by its key and hash, and counts and dates its use; no row when there is none such.
-- Before it is known who asks, no scope can be set, hence a function that sees every row and gives
-- out the one whose secret was shown. Times are the database's own.
create function use_api_token(p_key text, p_sha256 text, p_address text)
returns table (token_id text, token_name text, user_id text, scopes text[], standing text,
  requests integer, window_seconds integer, tenant_id text, tenant_slug text, tenant_name text,
  project_id text, project_slug text, project_name text,
  account_id text, account_name text, account_role text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_token api_tokens;
  live boolean;
begin
  select * into found_token from api_tokens t where t.key = p_key and t.sha256 = p_sha256;
  if not found then
    return;
  end if;
  live := found_token.revoked_at is null and found_token.expires_at > now();
  if live then
    update api_tokens t set
      window_at = case when t.window_at > now() - interval '1 minute' then t.window_at else now() end,
      window_requests = case when t.window_at > now() - interval '1 minute' then t.window_requests + 1 else 1 end,
      last_used_at = case when t.last_used_at > now() - interval '1 minute' then t.last_used_at else now() end,
      last_used_address = case when t.last_used_at > now() - interval '1 minute' then t.last_used_address else p_address end
    where t.id = found_token.id
    returning * into found_token;
  end if;
  return query
    select found_token.id, found_token.name, found_token.user_id, found_token.scopes,
      case when found_token.revoked_at is not null or a.removed_at is not null then 'revoked'
        when not live then 'expired' else 'live' end,
      found_token.window_requests,
      greatest(1, ceil(extract(epoch from found_token.window_at + interval '1 minute' - now())))::integer,
      found_token.tenant_id, n.slug, n.name, found_token.project_id, p.slug, p.name,
      a.id, a.name, a.role
    from (select 1) one
    left join service_accounts a on a.id = found_token.service_account_id
    left join tenants n on n.id = found_token.tenant_id
    left join projects p on p.id = found_token.project_id;
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function use_api_token(text, text, text) from public;
  grant execute on function use_api_token(text, text, text) to ingot_app, ingot_worker;
  alter function use_api_token(text, text, text) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
--> statement-breakpoint

-- The audit chain. A role of its own links events: neither portal nor worker can write a link.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ingot_audit') then
    create role ingot_audit nologin nosuperuser nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
end $$;
--> statement-breakpoint
do $$
begin
  execute format('grant ingot_audit to %I', current_user);
  execute 'grant usage on schema public to ingot_audit';
end $$;
--> statement-breakpoint
alter table audit_links enable row level security;
--> statement-breakpoint
alter table audit_links force row level security;
--> statement-breakpoint
alter table audit_chains enable row level security;
--> statement-breakpoint
alter table audit_chains force row level security;
--> statement-breakpoint
create policy app_reads on audit_links for select to ingot_app
  using (chain = (select app_tenant()) or (select app_fleet()));
--> statement-breakpoint
create policy app_reads on audit_chains for select to ingot_app
  using (chain = (select app_tenant()) or (select app_fleet()));
--> statement-breakpoint
create policy auditor_all on audit_links for all to ingot_audit using (true) with check (true);
--> statement-breakpoint
create policy auditor_all on audit_chains for all to ingot_audit using (true) with check (true);
--> statement-breakpoint
create policy auditor_reads on audit_events for select to ingot_audit using (true);
--> statement-breakpoint
grant select on audit_links, audit_chains to ingot_app;
--> statement-breakpoint
grant select, insert on audit_links to ingot_audit;
--> statement-breakpoint
grant select, insert, update on audit_chains to ingot_audit;
--> statement-breakpoint
grant select on audit_events to ingot_audit;
--> statement-breakpoint
create trigger audit_links_are_final before update or delete on audit_links
  for each row execute function refuse_change();
--> statement-breakpoint

-- What the hash of an event is over, in one form: jsonb has one way to write each value.
create function audit_event_text(e audit_events, p_chain text, p_sequence bigint) returns text
language sql stable as $$
  select jsonb_build_array(1, p_chain, p_sequence, e.id,
    to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.tenant_id, e.project_id,
    e.actor_id, e.actor_name, e.action, e.outcome, e.object_kind, e.object_id, e.object_name,
    e.detail, e.request_id, e.ip_address, e.token_id, e.token_name)::text
$$;
--> statement-breakpoint
create function append_audit_link(e audit_events) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  its_chain constant text := coalesce(e.tenant_id, 'fleet');
  head audit_chains;
begin
  loop
    -- One statement: it waits for the row's lock, and then reads what the one before it wrote.
    update audit_chains c set length = c.length + 1,
      hash = sha256(c.hash || convert_to(audit_event_text(e, its_chain, c.length + 1), 'UTF8'))
    where c.chain = its_chain
    returning * into head;
    exit when found;
    insert into audit_chains (chain, length, hash) values (its_chain, 0, ''::bytea) on conflict do nothing;
  end loop;
  insert into audit_links (chain, sequence, event_id, hash)
  values (its_chain, head.length, e.id, head.hash);
end $$;
--> statement-breakpoint
create function link_audit_event() returns trigger
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform append_audit_link(new);
  return null;
end $$;
--> statement-breakpoint
-- Walks a part of a chain that begins after link `p_after`, whose hash is `p_hash`, and says where it
-- first does not hold. Runs with the rights of who asks: a tenant walks its own chain alone.
create function check_audit_chain(p_chain text, p_after bigint, p_hash bytea, p_most integer)
returns table (checked integer, last bigint, last_hash bytea, fault_at bigint, fault_event text, fault text)
language sql stable as $$
  with links as (
    select l.sequence, l.event_id, l.hash from audit_links l
    where l.chain = p_chain and l.sequence > p_after
    order by l.sequence limit p_most
  ), looked as (
    select l.sequence, l.event_id, l.hash,
      case
        when l.sequence <> lag(l.sequence, 1, p_after) over walk + 1 then 'gap'
        when e.id is null then 'removed'
        when l.hash <> sha256(lag(l.hash, 1, p_hash) over walk
          || convert_to(audit_event_text(e, p_chain, l.sequence), 'UTF8')) then 'changed'
      end as fault
    from links l left join audit_events e on e.id = l.event_id
    window walk as (order by l.sequence)
  ), first as (
    select sequence, event_id, fault from looked where fault is not null order by sequence limit 1
  )
  select count(*)::integer, max(k.sequence), (array_agg(k.hash order by k.sequence desc))[1],
    (select sequence from first), (select event_id from first), (select fault from first)
  from looked k
$$;
--> statement-breakpoint
do $$
declare
  f regprocedure;
begin
  grant create on schema public to ingot_audit;
  foreach f in array array['append_audit_link(audit_events)', 'link_audit_event()']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('alter function %s owner to ingot_audit', f);
  end loop;
  revoke create on schema public from ingot_audit;
end $$;
--> statement-breakpoint
-- What was written before there were chains is linked first, in its order.
do $$
declare
  e audit_events;
begin
  set local role ingot_audit;
  for e in select * from audit_events order by at, id loop
    perform append_audit_link(e);
  end loop;
  reset role;
end $$;
--> statement-breakpoint
-- At the commit, so that a chain is held no longer than that, and never while something else is
-- waited for.
create constraint trigger audit_events_are_linked after insert on audit_events
  deferrable initially deferred for each row execute function link_audit_event();--> statement-breakpoint

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
end $$;--> statement-breakpoint

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
end $$;--> statement-breakpoint

-- A tenant reads the use of its own allocations. The worker alone judges.
alter table use_judged add constraint use_judged_once check ("only");
--> statement-breakpoint
do $$
declare
  target regclass;
begin
  foreach target in array array['use_days', 'idle_gpus']::regclass[] loop
    execute format('create policy app_reads on %s for select to ingot_app using (
      (select app_fleet())
      or allocation_id in (select a.id from allocations a where a.tenant_id = (select app_tenant())))', target);
  end loop;
  create policy app_reads on use_judged for select to ingot_app using (true);
  foreach target in array array['use_days', 'idle_gpus', 'use_judged']::regclass[] loop
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy worker_all on %s for all to ingot_worker using (true) with check (true)', target);
    execute format('grant select on %s to ingot_app', target);
    execute format('grant select, insert, update, delete on %s to ingot_worker', target);
  end loop;
end $$;--> statement-breakpoint

-- A tenant reads why its nodes are not well, of the time in which it held them. Only the worker adds;
-- operators close.
select isolate('health_reasons', 'tenant_id = (select app_tenant())', null);
--> statement-breakpoint
drop policy app_updates on health_reasons;
--> statement-breakpoint
create policy app_updates on health_reasons for update to ingot_app
  using ((select app_fleet_write())) with check ((select app_fleet_write()));
--> statement-breakpoint
-- What operators make of it is theirs alone.
select isolate('health_handlings', null, null);
--> statement-breakpoint
select isolate('gpu_latest', null, null);
--> statement-breakpoint
grant select on health_reasons, health_handlings, gpu_latest to ingot_app;
--> statement-breakpoint
grant update (closed_at, closed_how) on health_reasons to ingot_app;
--> statement-breakpoint
grant insert, update on health_handlings to ingot_app;
--> statement-breakpoint
grant select, insert, update, delete on health_reasons to ingot_worker;
--> statement-breakpoint
grant select on health_handlings to ingot_worker;
--> statement-breakpoint
grant select, insert, update on gpu_latest to ingot_worker;
--> statement-breakpoint
-- It is written anew every few seconds: a crash may take it, and no page of it need be split.
alter table gpu_latest set unlogged;
--> statement-breakpoint
alter table gpu_latest set (fillfactor = 50);
--> statement-breakpoint
-- As before; rollups are kept for the widest window of a chart.
create or replace function maintain_gpu_samples(keep_days integer) returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  parent text;
  day date;
  part text;
begin
  if keep_days is null or keep_days < 1 then
    raise exception 'keep_days must be at least 1';
  end if;
  foreach parent in array array['gpu_samples', 'gpu_rollups'] loop
    for day in select today + n from generate_series(0, 2) n loop
      part := parent || '_' || to_char(day, 'YYYYMMDD');
      if to_regclass(part) is null then
        execute format('create table %I (like %I including defaults including constraints)', part, parent);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, part, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
      end if;
    end loop;
    begin
      for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = parent::regclass
          and to_date(right(c.relname, 8), 'YYYYMMDD')
            < today - case parent when 'gpu_rollups' then greatest(keep_days, 32) else keep_days end
      loop
        execute format('drop table %I', part);
      end loop;
    exception when lock_not_available then
      raise warning '% is being read; old partitions are dropped next time', parent;
    end;
  end loop;
end $$;--> statement-breakpoint

-- Fabrics, their managers and the provisioning network are the operators'.
do $$
begin
  perform isolate('fabrics', null, null);
  perform isolate('fabric_ports', null, null);
  perform isolate('nvlink_members', null, null);
  perform isolate('site_fabric_managers', null, null);
  perform isolate('node_partitions', null, null);
  perform isolate('site_provisioning', null, null);
end $$;
--> statement-breakpoint
grant select, insert, update, delete on fabrics, fabric_ports, nvlink_members, site_provisioning to ingot_app;
--> statement-breakpoint
-- The password is sealed for the worker: the portal may write it, never read it back.
grant insert, update, delete on site_fabric_managers to ingot_app;
--> statement-breakpoint
grant select (site_id, address, certificate_pem, username, version, changed_at) on site_fabric_managers to ingot_app;
--> statement-breakpoint
grant select on node_partitions to ingot_app;
--> statement-breakpoint
grant select on fabrics, fabric_ports, site_fabric_managers, pools, pool_ranges to ingot_worker;
--> statement-breakpoint
grant select, insert, update on node_partitions to ingot_worker;
--> statement-breakpoint
-- As before, and a P_Key rests with its environment while a node's ports may still be in it.
create or replace function give_back_pool_items(p_environment text, p_allocation text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  given integer;
begin
  -- Of two ports that are left at once, the second to ask sees the first one's.
  perform pg_advisory_xact_lock(hashtextextended(p_environment, 0));
  update pool_items i
  set released_at = clock_timestamp(),
    cools_until = clock_timestamp() + make_interval(mins => p.cooldown_minutes)
  from pools p, environments e
  where p.id = i.pool_id and e.id = i.environment_id and i.environment_id = p_environment
    and i.released_at is null and i.ended_at is null
    and (e.state = 'released' or (i.allocation_id = p_allocation and exists (
      select from allocations a where a.id = p_allocation and a.released_at is not null)))
    -- While a node may still be on its network, nobody else gets it.
    and not exists (
      select from node_ports w where w.environment_id = p_environment and (i.allocation_id is null
        or w.node_id = (select a.node_id from allocations a where a.id = i.allocation_id)))
    and not (i.kind = 'pkey' and exists (
      select from node_partitions w where w.environment_id = p_environment));
  get diagnostics given = row_count;
  return given;
end $$;--> statement-breakpoint

-- Changes of controllers' passwords: the portal reads how far one has come and may end it, and
-- never sees the sealed password. What wipes did beside the drives: the worker writes it and nobody
-- changes it; a tenant sees what became of its own data.
do $$
begin
  perform isolate('password_rotations', null, null);
  perform isolate('wipe_measures', 'tenant_id = (select app_tenant())', null);
end $$;
--> statement-breakpoint
grant select (id, node_id, operation_id, state, tries, new_refused, started_at, ended_at, reason)
  on password_rotations to ingot_app;
--> statement-breakpoint
grant update (state, sealed, tries, new_refused, ended_at, reason) on password_rotations to ingot_app;
--> statement-breakpoint
grant select, insert, update on password_rotations to ingot_worker;
--> statement-breakpoint
grant select on wipe_measures to ingot_app;
--> statement-breakpoint
grant select, insert on wipe_measures to ingot_worker;--> statement-breakpoint

-- Of a node's inside: for operators and the worker alone. Evidence: written once, changed by nobody.
select isolate('inspections', null, null);
--> statement-breakpoint
select isolate('burn_ins', null, null);
--> statement-breakpoint
grant select on inspections, burn_ins to ingot_app;
--> statement-breakpoint
grant select, insert on inspections, burn_ins to ingot_worker;
--> statement-breakpoint
grant usage on sequence burn_ins_id_seq to ingot_worker;
