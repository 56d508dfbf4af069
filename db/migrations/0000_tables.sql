CREATE TABLE "audit_events" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"tenant_id" text,
	"project_id" text,
	"actor_id" text,
	"actor_name" text NOT NULL,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"object_kind" text,
	"object_id" text,
	"object_name" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"request_id" text,
	"ip_address" text
);
--> statement-breakpoint
CREATE TABLE "boot_windows" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"allocation_id" text,
	"tenant_id" text,
	"environment_id" text,
	"purpose" text NOT NULL,
	"mac" text,
	"boot_origin" text NOT NULL,
	"boot_token_hash" text NOT NULL,
	"seed_token_hash" text NOT NULL,
	"phone_token_hash" text NOT NULL,
	"event_token_hash" text NOT NULL,
	"wipe_token_hash" text NOT NULL,
	"kernel_file" text NOT NULL,
	"kernel_sha256" text NOT NULL,
	"initrd_file" text NOT NULL,
	"initrd_sha256" text NOT NULL,
	"kernel_args" text NOT NULL,
	"seed" jsonb,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"script_fetched_at" timestamp with time zone,
	"kernel_fetched_at" timestamp with time zone,
	"user_data_fetched_at" timestamp with time zone,
	"user_data_tries" integer DEFAULT 0 NOT NULL,
	"phoned_home_at" timestamp with time zone,
	"peer_address" text,
	"host_key" text,
	"progress" text,
	"progress_at" timestamp with time zone,
	"wrong_tokens" integer DEFAULT 0 NOT NULL,
	"report" jsonb,
	"reported_at" timestamp with time zone,
	"closed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "image_shares" (
	"image_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	CONSTRAINT "image_shares_image_id_project_id_pk" PRIMARY KEY("image_id","project_id")
);
--> statement-breakpoint
CREATE TABLE "profile_shares" (
	"profile_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	CONSTRAINT "profile_shares_profile_id_project_id_pk" PRIMARY KEY("profile_id","project_id")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"display_name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"type" text DEFAULT 'baremetal' NOT NULL,
	"node_type_id" text NOT NULL,
	"gpus_per_node" integer NOT NULL,
	"gpu_model" text,
	"default_image_id" text NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "profiles_gpus" CHECK ("profiles"."gpus_per_node" in (0, 1, 4, 8)),
	CONSTRAINT "profiles_gpus_have_a_model" CHECK (("profiles"."gpus_per_node" > 0) = ("profiles"."gpu_model" is not null))
);
--> statement-breakpoint
CREATE TABLE "template_groups" (
	"template_version_id" text NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"role" text NOT NULL,
	"profile_id" text NOT NULL,
	"min_count" integer NOT NULL,
	"max_count" integer NOT NULL,
	"default_count" integer NOT NULL,
	CONSTRAINT "template_groups_template_version_id_name_pk" PRIMARY KEY("template_version_id","name"),
	CONSTRAINT "template_groups_counts" CHECK (0 <= "template_groups"."min_count" and "template_groups"."min_count" <= "template_groups"."default_count" and "template_groups"."default_count" <= "template_groups"."max_count" and "template_groups"."max_count" <= 64)
);
--> statement-breakpoint
CREATE TABLE "template_shares" (
	"template_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	CONSTRAINT "template_shares_template_id_project_id_pk" PRIMARY KEY("template_id","project_id")
);
--> statement-breakpoint
CREATE TABLE "template_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"template_id" text NOT NULL,
	"version" integer NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"boot_config" jsonb DEFAULT '{"packages":[],"commands":[]}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "templates" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"readme" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "allocations" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"environment_id" text NOT NULL,
	"node_id" text NOT NULL,
	"group_name" text NOT NULL,
	"profile_id" text NOT NULL,
	"gpu_model" text,
	"gpus" integer NOT NULL,
	"hostname" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"released_at" timestamp with time zone,
	CONSTRAINT "allocations_gpus" CHECK ("allocations"."gpus" >= 0),
	CONSTRAINT "allocations_end_after_start" CHECK ("allocations"."released_at" is null or "allocations"."released_at" >= "allocations"."started_at")
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"template_version_id" text NOT NULL,
	"image_id" text NOT NULL,
	"name" text NOT NULL,
	"groups" jsonb NOT NULL,
	"authorized_keys" jsonb NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"state_since" timestamp with time zone DEFAULT now() NOT NULL,
	"state_reason" text,
	"generation" integer DEFAULT 0 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"released_at" timestamp with time zone,
	CONSTRAINT "environments_of_project" UNIQUE("tenant_id","project_id","id")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"purpose" text NOT NULL,
	"kernel_file" text NOT NULL,
	"kernel_sha256" text NOT NULL,
	"initrd_file" text NOT NULL,
	"initrd_sha256" text NOT NULL,
	"kernel_args" text DEFAULT '' NOT NULL,
	"default_user" text NOT NULL,
	"state" text DEFAULT 'unverified' NOT NULL,
	"state_reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "images_checksums_are_sha256" CHECK ("images"."kernel_sha256" ~ '^[0-9a-f]{64}$' and "images"."initrd_sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "controller_credentials" (
	"node_id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'untried' NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_types" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"rack_id" text NOT NULL,
	"unit" integer,
	"node_type_id" text NOT NULL,
	"lifecycle" text DEFAULT 'enrolled' NOT NULL,
	"lifecycle_since" timestamp with time zone DEFAULT now() NOT NULL,
	"lifecycle_reason" text,
	"generation" integer DEFAULT 0 NOT NULL,
	"power_observed" text DEFAULT 'unknown' NOT NULL,
	"power_observed_at" timestamp with time zone,
	"health" text DEFAULT 'unknown' NOT NULL,
	"health_reasons" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"maintenance" boolean DEFAULT false NOT NULL,
	"cordoned" boolean DEFAULT false NOT NULL,
	"flag_reason" text,
	"controller_address" text NOT NULL,
	"controller_state" text DEFAULT 'unknown' NOT NULL,
	"controller_state_at" timestamp with time zone,
	"presented_fingerprint" text,
	"presented_certificate" text,
	"controller_fingerprint" text,
	"controller_certificate" text,
	"controller_vendor" text,
	"controller_product" text,
	"boot_mac" text,
	"address" text,
	"address_entered" boolean DEFAULT false NOT NULL,
	"exporter_port" integer DEFAULT 9400 NOT NULL,
	"inventory" jsonb,
	"inventory_at" timestamp with time zone,
	"differences" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"serial" text,
	"sanitized_at" timestamp with time zone,
	"telemetry_error" text,
	"telemetry_error_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "nodes_unit_is_positive" CHECK ("nodes"."unit" is null or "nodes"."unit" > 0)
);
--> statement-breakpoint
CREATE TABLE "exchanges" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"operation_id" text,
	"node_id" text NOT NULL,
	"step" text,
	"at" timestamp with time zone NOT NULL,
	"method" text NOT NULL,
	"path" text NOT NULL,
	"status" integer,
	"duration_ms" integer NOT NULL,
	"request_body" text,
	"response_body" text,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "operation_logs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"operation_id" text NOT NULL,
	"tenant_id" text,
	"environment_id" text,
	"node_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"source" text NOT NULL,
	"level" text NOT NULL,
	"step" text,
	"message" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "operation_steps" (
	"operation_id" text NOT NULL,
	"tenant_id" text,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 1 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"detail" text,
	"output" jsonb,
	CONSTRAINT "operation_steps_operation_id_name_pk" PRIMARY KEY("operation_id","name")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"tenant_id" text,
	"project_id" text,
	"parent_id" text,
	"environment_id" text,
	"node_id" text,
	"allocation_id" text,
	"state" text DEFAULT 'ready' NOT NULL,
	"phase" text DEFAULT 'forward' NOT NULL,
	"step" text,
	"step_since" timestamp with time zone,
	"attempt" integer DEFAULT 0 NOT NULL,
	"wait_reason" text,
	"reason" text,
	"abort_requested" boolean DEFAULT false NOT NULL,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"run_after" timestamp with time zone DEFAULT now() NOT NULL,
	"requested_by" text,
	"requested_by_name" text,
	"request_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "operations_have_an_object" CHECK ("operations"."environment_id" is not null or "operations"."node_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "quotas" (
	"tenant_id" text NOT NULL,
	"project_id" text,
	"dimension" text NOT NULL,
	"subject" text NOT NULL,
	"limit" integer NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quotas_are_not_negative" CHECK ("quotas"."limit" >= 0)
);
--> statement-breakpoint
CREATE TABLE "setup_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"blocked_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "racks" (
	"id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"name" text NOT NULL,
	"units" integer DEFAULT 42 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sites" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"boot_origin" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ssh_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"public_key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "project_members" (
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "project_members_project_id_user_id_pk" PRIMARY KEY("project_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_of_tenant" UNIQUE("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "tenant_members" (
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_members_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"user_agent" text,
	"ip_address" text
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"must_change_password" boolean DEFAULT false NOT NULL,
	"operator_role" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "users_email_is_lower_case" CHECK ("users"."email" = lower("users"."email"))
);
--> statement-breakpoint
ALTER TABLE "boot_windows" ADD CONSTRAINT "boot_windows_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD CONSTRAINT "boot_windows_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD CONSTRAINT "boot_windows_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_shares" ADD CONSTRAINT "image_shares_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_shares" ADD CONSTRAINT "image_shares_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_shares" ADD CONSTRAINT "profile_shares_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_shares" ADD CONSTRAINT "profile_shares_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_node_type_id_node_types_id_fk" FOREIGN KEY ("node_type_id") REFERENCES "public"."node_types"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_default_image_id_images_id_fk" FOREIGN KEY ("default_image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_groups" ADD CONSTRAINT "template_groups_template_version_id_template_versions_id_fk" FOREIGN KEY ("template_version_id") REFERENCES "public"."template_versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_groups" ADD CONSTRAINT "template_groups_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_shares" ADD CONSTRAINT "template_shares_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_shares" ADD CONSTRAINT "template_shares_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_versions" ADD CONSTRAINT "template_versions_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_template_version_id_template_versions_id_fk" FOREIGN KEY ("template_version_id") REFERENCES "public"."template_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "controller_credentials" ADD CONSTRAINT "controller_credentials_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_rack_id_racks_id_fk" FOREIGN KEY ("rack_id") REFERENCES "public"."racks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_node_type_id_node_types_id_fk" FOREIGN KEY ("node_type_id") REFERENCES "public"."node_types"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exchanges" ADD CONSTRAINT "exchanges_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exchanges" ADD CONSTRAINT "exchanges_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operation_logs" ADD CONSTRAINT "operation_logs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operation_steps" ADD CONSTRAINT "operation_steps_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quotas" ADD CONSTRAINT "quotas_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quotas" ADD CONSTRAINT "quotas_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "racks" ADD CONSTRAINT "racks_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ssh_keys" ADD CONSTRAINT "ssh_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_members" ADD CONSTRAINT "project_members_are_tenant_members" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."tenant_members"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_by_tenant" ON "audit_events" USING btree ("tenant_id","at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_events_by_time" ON "audit_events" USING btree ("at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_boot_token" ON "boot_windows" USING btree ("boot_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_seed_token" ON "boot_windows" USING btree ("seed_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_phone_token" ON "boot_windows" USING btree ("phone_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_event_token" ON "boot_windows" USING btree ("event_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_wipe_token" ON "boot_windows" USING btree ("wipe_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_one_open_per_node" ON "boot_windows" USING btree ("node_id") WHERE "boot_windows"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "boot_windows_by_operation" ON "boot_windows" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "image_shares_by_tenant" ON "image_shares" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "profile_shares_by_tenant" ON "profile_shares" USING btree ("tenant_id");--> statement-breakpoint
CREATE UNIQUE INDEX "profiles_name" ON "profiles" USING btree ("name");--> statement-breakpoint
CREATE INDEX "template_shares_by_tenant" ON "template_shares" USING btree ("tenant_id");--> statement-breakpoint
CREATE UNIQUE INDEX "template_versions_number" ON "template_versions" USING btree ("template_id","version");--> statement-breakpoint
CREATE UNIQUE INDEX "templates_name" ON "templates" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "allocations_one_per_node" ON "allocations" USING btree ("node_id") WHERE "allocations"."released_at" is null;--> statement-breakpoint
CREATE INDEX "allocations_by_environment" ON "allocations" USING btree ("environment_id");--> statement-breakpoint
CREATE INDEX "allocations_held_by_tenant" ON "allocations" USING btree ("tenant_id","project_id") WHERE "allocations"."released_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "environments_name_per_project" ON "environments" USING btree ("project_id","name") WHERE "environments"."state" <> 'released';--> statement-breakpoint
CREATE INDEX "environments_by_project" ON "environments" USING btree ("tenant_id","project_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "images_name_version" ON "images" USING btree ("name","version");--> statement-breakpoint
CREATE UNIQUE INDEX "node_types_name" ON "node_types" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_name" ON "nodes" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_controller" ON "nodes" USING btree ("controller_address") WHERE "nodes"."lifecycle" <> 'retired';--> statement-breakpoint
CREATE INDEX "nodes_by_lifecycle" ON "nodes" USING btree ("lifecycle","node_type_id");--> statement-breakpoint
CREATE INDEX "exchanges_by_operation" ON "exchanges" USING btree ("operation_id","id");--> statement-breakpoint
CREATE INDEX "exchanges_by_node" ON "exchanges" USING btree ("node_id","id");--> statement-breakpoint
CREATE INDEX "operation_logs_by_operation" ON "operation_logs" USING btree ("operation_id","id");--> statement-breakpoint
CREATE INDEX "operation_logs_by_environment" ON "operation_logs" USING btree ("environment_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_live_per_node" ON "operations" USING btree ("node_id") WHERE "operations"."node_id" is not null and "operations"."state" in ('ready','running','waiting','stuck');--> statement-breakpoint
CREATE UNIQUE INDEX "operations_request_key" ON "operations" USING btree (coalesce("tenant_id", ''),"request_key");--> statement-breakpoint
CREATE INDEX "operations_due" ON "operations" USING btree ("run_after") WHERE "operations"."node_id" is not null and "operations"."state" in ('ready','running','waiting','stuck');--> statement-breakpoint
CREATE INDEX "operations_by_environment" ON "operations" USING btree ("environment_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_by_node" ON "operations" USING btree ("node_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_by_parent" ON "operations" USING btree ("parent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "quotas_one_per_subject" ON "quotas" USING btree ("tenant_id",coalesce("project_id", ''),"dimension","subject");--> statement-breakpoint
CREATE UNIQUE INDEX "racks_name_per_site" ON "racks" USING btree ("site_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "sites_name" ON "sites" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "ssh_keys_fingerprint_per_user" ON "ssh_keys" USING btree ("user_id","fingerprint");--> statement-breakpoint
CREATE UNIQUE INDEX "projects_slug_per_tenant" ON "projects" USING btree ("tenant_id","slug");--> statement-breakpoint
CREATE UNIQUE INDEX "tenants_slug" ON "tenants" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");