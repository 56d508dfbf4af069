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
ALTER TABLE "boot_windows" ADD COLUMN "inspection" jsonb;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "inspection_report" jsonb;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "job_log" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "job_log_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "input" jsonb;--> statement-breakpoint
ALTER TABLE "burn_ins" ADD CONSTRAINT "burn_ins_inspection_id_inspections_id_fk" FOREIGN KEY ("inspection_id") REFERENCES "public"."inspections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "burn_ins" ADD CONSTRAINT "burn_ins_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspections" ADD CONSTRAINT "inspections_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspections" ADD CONSTRAINT "inspections_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "burn_ins_once_per_inspection" ON "burn_ins" USING btree ("inspection_id","test");--> statement-breakpoint
CREATE INDEX "burn_ins_by_node" ON "burn_ins" USING btree ("node_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "inspections_one_per_operation" ON "inspections" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "inspections_by_node" ON "inspections" USING btree ("node_id","judged_at" DESC NULLS LAST);
--> statement-breakpoint
-- by hand
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
