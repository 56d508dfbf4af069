CREATE TABLE "nvswitch_sxids" (
	"allocation_id" text NOT NULL,
	"nvswitch" smallint NOT NULL,
	"fatal" integer NOT NULL,
	"non_fatal" integer NOT NULL,
	CONSTRAINT "nvswitch_sxids_allocation_id_nvswitch_pk" PRIMARY KEY("allocation_id","nvswitch")
);
--> statement-breakpoint
ALTER TABLE "nvswitch_sxids" ADD CONSTRAINT "nvswitch_sxids_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- by hand: what tenants and operators see of it is in the health of the node; the worker alone reads it.
select isolate('nvswitch_sxids', null, null);
--> statement-breakpoint
grant select, insert, update, delete on nvswitch_sxids to ingot_worker;
--> statement-breakpoint
-- What was told of so far, so that nothing of it counts once more. As the worker, since the tables' owner
-- sees none of their rows.
set local role ingot_worker;
--> statement-breakpoint
insert into nvswitch_sxids (allocation_id, nvswitch, fatal, non_fatal)
select a.id, s.nvswitch, coalesce(s.fatal, 0), coalesce(s.non_fatal, 0)
from nvswitch_latest w join allocations a on a.node_id = w.node_id and a.released_at is null
    and w.at >= a.started_at
  cross join lateral unnest(w.nvswitch, w.fatal, w.non_fatal) as s (nvswitch, fatal, non_fatal)
where s.fatal > 0 or s.non_fatal > 0
on conflict do nothing;
--> statement-breakpoint
reset role;
