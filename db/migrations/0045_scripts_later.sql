DROP INDEX "script_runs_once";--> statement-breakpoint
ALTER TABLE "script_runs" ADD COLUMN "allocation_id" text;--> statement-breakpoint
ALTER TABLE "script_runs" ADD COLUMN "sealed_secrets" text;--> statement-breakpoint
ALTER TABLE "script_runs" ADD CONSTRAINT "script_runs_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- by hand: whose node each script is. As the worker, since the tables' owner sees none of their rows.
set local role ingot_worker;
--> statement-breakpoint
-- An end that was held back was sealed for its window, and would be opened for its script from here on.
update script_runs set allocation_id = o.allocation_id, sealed_end = null
  from operations o where o.id = operation_id and hook_run_id is not null;
--> statement-breakpoint
reset role;
--> statement-breakpoint
CREATE INDEX "script_runs_by_allocation" ON "script_runs" USING btree ("allocation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "script_runs_once" ON "script_runs" USING btree ("hook_run_id","allocation_id","attempt");
