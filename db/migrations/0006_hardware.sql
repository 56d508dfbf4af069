CREATE TABLE "node_ports" (
	"node_id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"port" text NOT NULL,
	"environment_id" text,
	"wanted_vlan" integer,
	"is_changing" boolean DEFAULT false NOT NULL,
	"seen_vlans" jsonb,
	"seen_at" timestamp with time zone,
	"drift" text,
	"drift_since" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "site_networks" (
	"site_id" text PRIMARY KEY NOT NULL,
	"driver" text NOT NULL,
	"address" text,
	"certificate_pem" text,
	"sealed_secret" text,
	"bridge" text,
	"namespace" text,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "site_networks_settings" CHECK (case "site_networks"."driver" when 'http' then "site_networks"."address" is not null and "site_networks"."certificate_pem" is not null
        and "site_networks"."sealed_secret" is not null else "site_networks"."bridge" is not null end)
);
--> statement-breakpoint
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
CREATE TABLE "pool_items" (
	"id" text PRIMARY KEY NOT NULL,
	"pool_id" text NOT NULL,
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"family" smallint NOT NULL,
	"item_length" integer,
	"value" numeric(39, 0) NOT NULL,
	"tenant_id" text,
	"project_id" text,
	"environment_id" text,
	"allocation_id" text,
	"reserved_reason" text,
	"taken_at" timestamp with time zone DEFAULT now() NOT NULL,
	"released_at" timestamp with time zone,
	"cools_until" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "pool_items_held_or_reserved" CHECK (("pool_items"."environment_id" is null) = ("pool_items"."reserved_reason" is not null)
        and ("pool_items"."environment_id" is null) = ("pool_items"."tenant_id" is null)
        and ("pool_items"."environment_id" is null) = ("pool_items"."project_id" is null)),
	CONSTRAINT "pool_items_cool_after_release" CHECK (("pool_items"."released_at" is null) = ("pool_items"."cools_until" is null))
);
--> statement-breakpoint
CREATE TABLE "pool_ranges" (
	"pool_id" text NOT NULL,
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"family" smallint NOT NULL,
	"first" numeric(39, 0) NOT NULL,
	"last" numeric(39, 0) NOT NULL,
	CONSTRAINT "pool_ranges_pool_id_first_pk" PRIMARY KEY("pool_id","first"),
	CONSTRAINT "pool_ranges_forward" CHECK ("pool_ranges"."first" <= "pool_ranges"."last")
);
--> statement-breakpoint
CREATE TABLE "pools" (
	"id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"family" smallint NOT NULL,
	"item_length" integer,
	"step" numeric(39, 0) NOT NULL,
	"warn_percent" integer NOT NULL,
	"cooldown_minutes" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp with time zone,
	CONSTRAINT "pools_family" CHECK (("pools"."kind" in ('vlan', 'pkey')) = ("pools"."family" = 0)),
	CONSTRAINT "pools_item_length" CHECK (("pools"."kind" = 'private_prefix') = ("pools"."item_length" is not null)),
	CONSTRAINT "pools_warn" CHECK ("pools"."warn_percent" between 1 and 100),
	CONSTRAINT "pools_cooldown" CHECK ("pools"."cooldown_minutes" between 0 and 43200)
);
--> statement-breakpoint
CREATE TABLE "sanitizations" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"allocation_id" text,
	"tenant_id" text,
	"environment_id" text,
	"tool" text NOT NULL,
	"devices" jsonb NOT NULL,
	"accepted" boolean NOT NULL,
	"verdict" text NOT NULL,
	"judged_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "images" DROP CONSTRAINT "images_checksums_are_sha256";--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "kernel_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "kernel_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "initrd_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ALTER COLUMN "initrd_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "kernel_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "kernel_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "initrd_file" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "initrd_sha256" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "start_token_hash" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_file" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_sha256" text;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "disk_bytes" bigint;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "install_report" jsonb;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "network" jsonb DEFAULT '{"isPrivate":false,"hasPartition":false,"publicAddresses":"none"}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_file" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_sha256" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "disk_bytes" bigint;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "controller_protocol" text DEFAULT 'redfish' NOT NULL;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "controller_uuid" text;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "accepted_differences" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "node_ports" ADD CONSTRAINT "node_ports_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_ports" ADD CONSTRAINT "node_ports_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "site_networks" ADD CONSTRAINT "site_networks_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_changes" ADD CONSTRAINT "node_changes_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_changes" ADD CONSTRAINT "node_changes_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_findings" ADD CONSTRAINT "node_findings_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_items" ADD CONSTRAINT "pool_items_pool_id_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."pools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_items" ADD CONSTRAINT "pool_items_environment" FOREIGN KEY ("tenant_id","project_id","environment_id") REFERENCES "public"."environments"("tenant_id","project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_ranges" ADD CONSTRAINT "pool_ranges_pool_id_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."pools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pools" ADD CONSTRAINT "pools_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sanitizations" ADD CONSTRAINT "sanitizations_allocation_id_allocations_id_fk" FOREIGN KEY ("allocation_id") REFERENCES "public"."allocations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "node_ports_one_node" ON "node_ports" USING btree ("site_id","port");--> statement-breakpoint
CREATE INDEX "node_changes_by_node" ON "node_changes" USING btree ("node_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "pool_items_one_holder" ON "pool_items" USING btree ("scope","kind","family","value") WHERE "pool_items"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "pool_items_by_pool" ON "pool_items" USING btree ("pool_id","taken_at");--> statement-breakpoint
CREATE INDEX "pool_items_by_environment" ON "pool_items" USING btree ("environment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pools_name_per_site" ON "pools" USING btree ("site_id","name") WHERE "pools"."retired_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "sanitizations_one_per_operation" ON "sanitizations" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "sanitizations_by_node" ON "sanitizations" USING btree ("node_id","judged_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sanitizations_by_environment" ON "sanitizations" USING btree ("tenant_id","environment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "boot_windows_start_token" ON "boot_windows" USING btree ("start_token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_controller_uuid" ON "nodes" USING btree ("controller_uuid") WHERE "nodes"."lifecycle" <> 'retired';--> statement-breakpoint
CREATE UNIQUE INDEX "nodes_boot_mac" ON "nodes" USING btree ("boot_mac") WHERE "nodes"."lifecycle" <> 'retired';--> statement-breakpoint
CREATE INDEX "nodes_by_serial" ON "nodes" USING btree ("serial");--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_one_form" CHECK (("images"."kernel_file" is not null and "images"."kernel_sha256" is not null and "images"."initrd_file" is not null and "images"."initrd_sha256" is not null and "images"."disk_file" is null and "images"."disk_sha256" is null and "images"."disk_bytes" is null)
        or ("images"."purpose" = 'tenant' and "images"."disk_file" is not null and "images"."disk_sha256" is not null and "images"."disk_bytes" is not null and "images"."disk_bytes" > 0 and "images"."kernel_file" is null and "images"."kernel_sha256" is null and "images"."initrd_file" is null and "images"."initrd_sha256" is null));--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_checksums_are_sha256" CHECK ("images"."kernel_sha256" ~ '^[0-9a-f]{64}$' and "images"."initrd_sha256" ~ '^[0-9a-f]{64}$' and "images"."disk_sha256" ~ '^[0-9a-f]{64}$');
--> statement-breakpoint
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
--> statement-breakpoint
-- What no two pools may hold both. A range ends with the last address of its last item, so pools of
-- prefixes of different lengths are held apart, too.
alter table pool_ranges add constraint pool_ranges_never_overlap
  exclude using gist (scope with =, kind with =, family with =, numrange(first, last, '[]') with &&);
--> statement-breakpoint

-- Pools are the operators'; a tenant reads the items that its environments hold, and takes some only
-- through the functions below, which see what others hold without showing it.
do $$
begin
  perform isolate('pools', null, null);
  perform isolate('pool_ranges', null, null);
  perform isolate('pool_items', 'tenant_id = (select app_tenant())', null);
end $$;
--> statement-breakpoint
grant select, insert, update on pools, pool_ranges, pool_items to ingot_app, ingot_worker;
--> statement-breakpoint
grant delete on pool_ranges to ingot_app;
--> statement-breakpoint

-- How nodes are joined to networks is the operators'. The secret is sealed for the worker.
do $$
begin
  perform isolate('site_networks', null, null);
  perform isolate('node_ports', null, null);
end $$;
--> statement-breakpoint
grant insert, update on site_networks to ingot_app;
--> statement-breakpoint
grant select (site_id, driver, address, certificate_pem, bridge, namespace, version, changed_at) on site_networks to ingot_app;
--> statement-breakpoint
grant select, insert, update on node_ports to ingot_app;
--> statement-breakpoint
grant delete on site_networks, node_ports to ingot_app;
--> statement-breakpoint
grant select on site_networks to ingot_worker;
--> statement-breakpoint
grant select, update on node_ports to ingot_worker;
--> statement-breakpoint

-- At which site racks stand: tenants see neither, only the rack's id on a node.
create function sites_of_racks(p_racks text[]) returns table (rack_id text, site_id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, r.site_id from racks r where r.id = any (p_racks)
$$;
--> statement-breakpoint

-- How many items of each kind and family are free at sites; what a site has no pool of is absent.
create function pool_supply(p_sites text[])
returns table (site_id text, kind text, family smallint, free numeric)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.site_id, p.kind, p.family, sum(
    (select coalesce(sum(floor((r.last - r.first + 1) / p.step)), 0)
       from pool_ranges r where r.pool_id = p.id)
    - (select count(*) from pool_items i where i.pool_id = p.id and i.ended_at is null
         and (i.cools_until is null or i.cools_until > clock_timestamp())))
  from pools p
  where p.site_id = any (p_sites) and p.retired_at is null
  group by p.site_id, p.kind, p.family
$$;
--> statement-breakpoint

-- Takes an item for each of `p_items`, the ids that the rows get, for an environment of the tenant
-- that acts; gives how many it took. Always the lowest that is free, so that what is taken stays
-- together and can be told in advance. The pool's row is locked until the end of the transaction:
-- whoever comes next looks when this one has committed. Pools are locked by id.
create function draw_pool_items(p_site text, p_kind text, p_family smallint, p_environment text,
  p_items text[], p_allocations text[]) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  holder environments;
  pool pools;
  picked numeric;
  drawn integer := 0;
begin
  select * into holder from environments where id = p_environment and tenant_id = app_tenant();
  if not found then
    raise exception 'items are drawn by a tenant, for an environment of its own';
  end if;
  for pool in
    select * from pools
    where site_id = p_site and kind = p_kind and family = p_family and retired_at is null
    order by id for no key update
  loop
    update pool_items set ended_at = cools_until
    where pool_id = pool.id and ended_at is null and cools_until <= clock_timestamp();
    while drawn < cardinality(p_items) loop
      -- The lowest free one begins a range or comes right after one that is taken.
      select c.value into picked
      from (
        select r.first as value, r.last from pool_ranges r where r.pool_id = pool.id
        union all
        select i.value + pool.step, r.last
        from pool_items i join pool_ranges r
          on r.pool_id = pool.id and i.value between r.first and r.last
        where i.pool_id = pool.id and i.ended_at is null
      ) c
      where c.value + pool.step - 1 <= c.last and not exists (
        select from pool_items t where t.pool_id = pool.id and t.value = c.value and t.ended_at is null)
      order by c.value limit 1;
      exit when not found;
      drawn := drawn + 1;
      insert into pool_items (id, pool_id, scope, kind, family, item_length, value, tenant_id,
        project_id, environment_id, allocation_id, taken_at)
      select p_items[drawn], pool.id, r.scope, pool.kind, pool.family, pool.item_length, picked,
        holder.tenant_id, holder.project_id, holder.id, p_allocations[drawn], clock_timestamp()
      from pool_ranges r where r.pool_id = pool.id and picked between r.first and r.last;
    end loop;
    exit when drawn = cardinality(p_items);
  end loop;
  return drawn;
end $$;
--> statement-breakpoint

-- Gives back what a released environment still holds, or what belonged to one of its allocations
-- that has ended; it rests as long as its pool says. Of an environment that is not released, nothing.
create function give_back_pool_items(p_environment text, p_allocation text) returns integer
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
        or w.node_id = (select a.node_id from allocations a where a.id = i.allocation_id)));
  get diagnostics given = row_count;
  return given;
end $$;
--> statement-breakpoint

-- They act as the worker, who sees every row, and nobody but the portal and the worker may call them.
do $$
declare
  f regprocedure;
begin
  grant create on schema public to ingot_worker;
  foreach f in array array['sites_of_racks(text[])', 'pool_supply(text[])',
    'draw_pool_items(text, text, smallint, text, text[], text[])',
    'give_back_pool_items(text, text)']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to ingot_app, ingot_worker', f);
    execute format('alter function %s owner to ingot_worker', f);
  end loop;
  revoke create on schema public from ingot_worker;
end $$;
--> statement-breakpoint
-- Evidence: the worker writes it and nobody changes it; a tenant sees what became of its own data.
select isolate('sanitizations', 'tenant_id = (select app_tenant())', null);
--> statement-breakpoint
grant select on sanitizations to ingot_app;
--> statement-breakpoint
grant select, insert on sanitizations to ingot_worker;
