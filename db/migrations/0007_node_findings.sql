CREATE TABLE "node_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"changes" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_findings" (
	"node_id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"conformance" jsonb,
	"sources" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"unread" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"readings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"log" jsonb DEFAULT '[]'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "node_changes" ADD CONSTRAINT "node_changes_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_changes" ADD CONSTRAINT "node_changes_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_findings" ADD CONSTRAINT "node_findings_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "node_changes_by_node" ON "node_changes" USING btree ("node_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "nodes_by_serial" ON "nodes" USING btree ("serial");--> statement-breakpoint
CREATE INDEX "nodes_by_boot_mac" ON "nodes" USING btree ("boot_mac");--> statement-breakpoint
-- Of a node's inside: for operators and the worker alone.
select isolate('node_findings', null, null);
--> statement-breakpoint
select isolate('node_changes', null, null);
--> statement-breakpoint
grant select on node_findings, node_changes to ingot_app;
--> statement-breakpoint
grant select, insert, update on node_findings to ingot_worker;
--> statement-breakpoint
grant select, insert on node_changes to ingot_worker;
--> statement-breakpoint
grant usage on sequence node_changes_id_seq to ingot_worker;
