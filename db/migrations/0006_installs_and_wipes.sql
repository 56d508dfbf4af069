CREATE TABLE "sanitizations" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"allocation_id" text,
	"tenant_id" text,
	"environment_id" text,
	"tool" text NOT NULL,
	"devices" jsonb NOT NULL,
	"accepted" boolean NOT NULL,
	"verdict" text NOT NULL,
	"judged_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "images" DROP CONSTRAINT "images_checksums_are_sha256";--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "kernel_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "kernel_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "initrd_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "initrd_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "kernel_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "kernel_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "initrd_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "initrd_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "start_token_hash" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_file" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_sha256" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_bytes" bigint;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "install_report" jsonb;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_file" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_sha256" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_bytes" bigint;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "sanitizations_one_per_operation" ON "sanitizations" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "sanitizations_by_node" ON "sanitizations" USING btree ("node_id","judged_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sanitizations_by_environment" ON "sanitizations" USING btree ("tenant_id","environment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_start_token" ON "boot_windows" USING btree ("start_token_hash");--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_one_form" CHECK (("images"."kernel_file" is not null and "images"."kernel_sha256" is not null and "images"."initrd_file" is not null and "images"."initrd_sha256" is not null and "images"."disk_file" is null and "images"."disk_sha256" is null and "images"."disk_bytes" is null)
        or ("images"."purpose" = 'tenant' and "images"."disk_file" is not null and "images"."disk_sha256" is not null and "images"."disk_bytes" is not null and "images"."disk_bytes" > 0 and "images"."kernel_file" is null and "images"."kernel_sha256" is null and "images"."initrd_file" is null and "images"."initrd_sha256" is null));--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_checksums_are_sha256" CHECK ("images"."kernel_sha256" ~ '^[0-9a-f]{64}$' and "images"."initrd_sha256" ~ '^[0-9a-f]{64}$' and "images"."disk_sha256" ~ '^[0-9a-f]{64}$');--> statement-breakpoint
-- Evidence: the worker writes it and nobody changes it; a tenant sees what became of its own data.
select isolate('sanitizations', 'tenant_id = (select app_tenant())', null);
--> statement-breakpoint
grant select on sanitizations to ingot_app;
--> statement-breakpoint
grant select, insert on sanitizations to ingot_worker;
