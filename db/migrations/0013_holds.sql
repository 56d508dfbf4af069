CREATE TABLE "hold_nodes" (
	"hold_id" text NOT NULL,
	"node_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"group_name" text NOT NULL,
	"profile_id" text NOT NULL,
	"gpu_model" text,
	"gpus" integer NOT NULL,
	"address_families" integer[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "hold_nodes_hold_id_node_id_pk" PRIMARY KEY("hold_id","node_id"),
	CONSTRAINT "hold_nodes_gpus" CHECK ("hold_nodes"."gpus" >= 0)
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"held_by" text NOT NULL,
	"held_by_name" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ending" text,
	CONSTRAINT "holds_of_project" UNIQUE("tenant_id","project_id","id"),
	CONSTRAINT "holds_end_after_start" CHECK ("holds"."until" > "holds"."started_at"),
	CONSTRAINT "holds_ended_somehow" CHECK (("holds"."ended_at" is null) = ("holds"."ending" is null))
);
--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "hold_id" text;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "hold_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "hold_nodes" ADD CONSTRAINT "hold_nodes_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hold_nodes" ADD CONSTRAINT "hold_nodes_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hold_nodes" ADD CONSTRAINT "hold_nodes_hold" FOREIGN KEY ("tenant_id","project_id","hold_id") REFERENCES "public"."holds"("tenant_id","project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "holds_one_per_person" ON "holds" USING btree ("project_id","held_by") WHERE "holds"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "holds_not_ended" ON "holds" USING btree ("until") WHERE "holds"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "holds_by_project" ON "holds" USING btree ("tenant_id","project_id","started_at");--> statement-breakpoint
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_hold_has_an_end" CHECK (("nodes"."hold_id" is null) = ("nodes"."hold_until" is null));
--> statement-breakpoint
-- by hand
alter table nodes add constraint nodes_hold foreign key (hold_id) references holds (id);
--> statement-breakpoint
select isolate('holds', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
select isolate('hold_nodes', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
grant select, insert on holds, hold_nodes to ingot_app;
--> statement-breakpoint
grant update (ended_at, ending) on holds to ingot_app;
--> statement-breakpoint
grant select, delete on holds to ingot_worker;
--> statement-breakpoint
grant update (ended_at, ending) on holds to ingot_worker;
--> statement-breakpoint
grant select on hold_nodes to ingot_worker;
--> statement-breakpoint
-- Who has, or had last, the hold on a node may change its row, as who has its allocation may.
alter policy app_updates on nodes with check ((select app_fleet_write())
  or exists (select from allocations a where a.node_id = nodes.id and a.released_at is null and a.tenant_id = (select app_tenant()))
  or exists (select from holds h where h.id = nodes.hold_id and h.tenant_id = (select app_tenant())));
--> statement-breakpoint
-- One holder per node, whoever asks: while a hold lasts no other takes its place, it is never made
-- longer, only those who may see it end it, and nobody, its holder included, is given the node
-- before it has ended.
create function keep_held_node() returns trigger language plpgsql as $$
begin
  if old.hold_until > clock_timestamp() then
    if new.hold_id is distinct from old.hold_id or new.hold_until > old.hold_until then
      raise exception 'the node is on hold' using errcode = 'exclusion_violation';
    end if;
    if new.hold_until < old.hold_until and not exists (select from holds h where h.id = old.hold_id) then
      raise exception 'the node is on hold for another' using errcode = 'exclusion_violation';
    end if;
    if new.lifecycle = 'reserved' and old.lifecycle <> 'reserved' and new.hold_until > clock_timestamp() then
      raise exception 'the node is on hold' using errcode = 'exclusion_violation';
    end if;
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger nodes_on_hold before update of hold_id, hold_until, lifecycle on nodes
  for each row when (old.hold_until is not null) execute function keep_held_node();
