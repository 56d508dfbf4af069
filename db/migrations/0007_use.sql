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
ALTER TABLE "idle_gpus" ADD CONSTRAINT "idle_gpus_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "use_days" ADD CONSTRAINT "use_days_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "use_days_by_day" ON "use_days" USING btree ("day");--> statement-breakpoint
-- by hand
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
end $$;
