ALTER TABLE "profile_versions" ADD COLUMN "gpu_sharing" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE "profile_versions" ADD COLUMN "container_runtime" text DEFAULT 'runc' NOT NULL;--> statement-breakpoint
ALTER TABLE "profile_versions" ADD COLUMN "storage_classes" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "profile_versions" ADD CONSTRAINT "profile_versions_gpu_sharing" CHECK ("profile_versions"."gpu_sharing" in ('none', 'mig', 'time_slicing', 'mps'));--> statement-breakpoint
ALTER TABLE "profile_versions" ADD CONSTRAINT "profile_versions_container_runtime" CHECK ("profile_versions"."container_runtime" in ('runc', 'kata'));