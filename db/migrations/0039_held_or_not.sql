ALTER TABLE "health_reasons" ALTER COLUMN "allocation_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "health_reasons" ALTER COLUMN "tenant_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "health_reasons" ALTER COLUMN "project_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "health_reasons" ALTER COLUMN "environment_id" DROP NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "health_reasons_open_of_node" ON "health_reasons" USING btree ("node_id","gpu","code") WHERE "health_reasons"."closed_at" is null and "health_reasons"."allocation_id" is null;--> statement-breakpoint
ALTER TABLE "health_reasons" ADD CONSTRAINT "health_reasons_held_or_not" CHECK (num_nulls("health_reasons"."allocation_id", "health_reasons"."tenant_id", "health_reasons"."project_id", "health_reasons"."environment_id") in (0, 4));