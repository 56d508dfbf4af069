CREATE TABLE "fabric_ports" (
	"guid" text PRIMARY KEY NOT NULL,
	"fabric_id" text NOT NULL,
	"node_guid" text,
	"leaf" text NOT NULL,
	"leaf_port" integer,
	"rail" text,
	"rate_gbps" double precision,
	"description" text,
	"node_id" text,
	CONSTRAINT "fabric_ports_guid" CHECK ("fabric_ports"."guid" ~ '^[0-9a-f]{16}$')
);
--> statement-breakpoint
CREATE TABLE "fabrics" (
	"id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"places_from" text,
	"places_detail" text,
	"places_at" timestamp with time zone,
	"places_by" text,
	CONSTRAINT "fabrics_places_have_a_time" CHECK (("fabrics"."places_from" is null) = ("fabrics"."places_at" is null))
);
--> statement-breakpoint
CREATE TABLE "nvlink_members" (
	"node_id" text PRIMARY KEY NOT NULL,
	"fabric_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_partitions" (
	"node_id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"environment_id" text,
	"pkey" integer,
	"is_wanted" boolean DEFAULT false NOT NULL,
	"guids" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"is_changing" boolean DEFAULT false NOT NULL,
	"seen_at" timestamp with time zone,
	"drift" text,
	"drift_since" timestamp with time zone,
	CONSTRAINT "node_partitions_pkey" CHECK ("node_partitions"."pkey" between 1 and 32767),
	CONSTRAINT "node_partitions_wants_one" CHECK (not "node_partitions"."is_wanted" or "node_partitions"."pkey" is not null)
);
--> statement-breakpoint
CREATE TABLE "site_fabric_managers" (
	"site_id" text PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"certificate_pem" text NOT NULL,
	"username" text NOT NULL,
	"sealed_password" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "site_provisioning" (
	"site_id" text PRIMARY KEY NOT NULL,
	"mode" text NOT NULL,
	"network_interface" text,
	"subnet" text NOT NULL,
	"first_address" text,
	"last_address" text,
	"router" text,
	"dns" text,
	"lease_minutes" integer NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "fabric_key" text;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "leaf_keys" jsonb;--> statement-breakpoint
ALTER TABLE "fabric_ports" ADD CONSTRAINT "fabric_ports_fabric_id_fabrics_id_fk" FOREIGN KEY ("fabric_id") REFERENCES "public"."fabrics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fabric_ports" ADD CONSTRAINT "fabric_ports_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fabrics" ADD CONSTRAINT "fabrics_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nvlink_members" ADD CONSTRAINT "nvlink_members_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nvlink_members" ADD CONSTRAINT "nvlink_members_fabric_id_fabrics_id_fk" FOREIGN KEY ("fabric_id") REFERENCES "public"."fabrics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_partitions" ADD CONSTRAINT "node_partitions_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_partitions" ADD CONSTRAINT "node_partitions_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_fabric_managers" ADD CONSTRAINT "site_fabric_managers_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_provisioning" ADD CONSTRAINT "site_provisioning_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "fabric_ports_by_fabric" ON "fabric_ports" USING btree ("fabric_id","leaf");--> statement-breakpoint
CREATE UNIQUE INDEX "fabrics_name_per_site" ON "fabrics" USING btree ("site_id","name");
--> statement-breakpoint
-- by hand
-- Fabrics, their managers and the provisioning network are the operators'.
do $$
begin
  perform isolate('fabrics', null, null);
  perform isolate('fabric_ports', null, null);
  perform isolate('nvlink_members', null, null);
  perform isolate('site_fabric_managers', null, null);
  perform isolate('node_partitions', null, null);
  perform isolate('site_provisioning', null, null);
end $$;
--> statement-breakpoint
grant select, insert, update, delete on fabrics, fabric_ports, nvlink_members, site_provisioning to ingot_app;
--> statement-breakpoint
-- The password is sealed for the worker: the portal may write it, never read it back.
grant insert, update, delete on site_fabric_managers to ingot_app;
--> statement-breakpoint
grant select (site_id, address, certificate_pem, username, version, changed_at) on site_fabric_managers to ingot_app;
--> statement-breakpoint
grant select on node_partitions to ingot_app;
--> statement-breakpoint
grant select on fabrics, fabric_ports, site_fabric_managers, pools, pool_ranges to ingot_worker;
--> statement-breakpoint
grant select, insert, update on node_partitions to ingot_worker;
--> statement-breakpoint
-- As before, and a P_Key rests with its environment while a node's ports may still be in it.
create or replace function give_back_pool_items(p_environment text, p_allocation text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  given integer;
begin
  -- Of two ports that are left at once, the second to ask sees the first one's.
  perform pg_advisory_xact_lock(hashtextextended(p_environment, 0));
  update pool_items i
  set released_at = clock_timestamp(),
    cools_until = clock_timestamp() + make_interval(mins => p.cooldown_minutes)
  from pools p, environments e
  where p.id = i.pool_id and e.id = i.environment_id and i.environment_id = p_environment
    and i.released_at is null and i.ended_at is null
    and (e.state = 'released' or (i.allocation_id = p_allocation and exists (
      select from allocations a where a.id = p_allocation and a.released_at is not null)))
    -- While a node may still be on its network, nobody else gets it.
    and not exists (
      select from node_ports w where w.environment_id = p_environment and (i.allocation_id is null
        or w.node_id = (select a.node_id from allocations a where a.id = i.allocation_id)))
    and not (i.kind = 'pkey' and exists (
      select from node_partitions w where w.environment_id = p_environment));
  get diagnostics given = row_count;
  return given;
end $$;
