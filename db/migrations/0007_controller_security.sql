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
ALTER TABLE "node_findings" ADD COLUMN "accounts" jsonb;--> statement-breakpoint
ALTER TABLE "node_findings" ADD COLUMN "record" jsonb;--> statement-breakpoint
ALTER TABLE "password_rotations" ADD CONSTRAINT "password_rotations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "password_rotations" ADD CONSTRAINT "password_rotations_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wipe_measures" ADD CONSTRAINT "wipe_measures_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "password_rotations_one_open_per_node" ON "password_rotations" USING btree ("node_id") WHERE "password_rotations"."state" in ('prepared','sent','unresolved');--> statement-breakpoint
CREATE INDEX "password_rotations_by_node" ON "password_rotations" USING btree ("node_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "password_rotations_by_operation" ON "password_rotations" USING btree ("operation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "wipe_measures_one_of_a_kind" ON "wipe_measures" USING btree ("operation_id","kind");--> statement-breakpoint
CREATE INDEX "wipe_measures_by_node" ON "wipe_measures" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "wipe_measures_by_environment" ON "wipe_measures" USING btree ("tenant_id","environment_id");--> statement-breakpoint
-- by hand

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
grant select, insert on wipe_measures to ingot_worker;
