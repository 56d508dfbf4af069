ALTER TABLE "nodes" ADD COLUMN "controller_protocol" text DEFAULT 'redfish' NOT NULL;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "controller_uuid" text;--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_controller_uuid" ON "nodes" USING btree ("controller_uuid") WHERE "nodes"."lifecycle" <> 'retired';--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_boot_mac" ON "nodes" USING btree ("boot_mac") WHERE "nodes"."lifecycle" <> 'retired';