ALTER TABLE "holds" ADD COLUMN "is_private" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD COLUMN "has_partition" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- by hand: what is free at sites, but for what holds keep for launches to come: an item of each kind and family
-- for every site where nodes of the hold stand, and public addresses for each of those nodes. One's own hold, which
-- the launch uses up, is named. Until a program of before is gone it asks with the sites alone, and counts them all.
drop function pool_supply(text[]);
--> statement-breakpoint
create function pool_supply(p_sites text[], p_own text default null)
returns table (site_id text, kind text, family smallint, free numeric)
language sql stable security definer set search_path = public, pg_temp as $$
  with kept as (
    select r.site_id, h.id as hold_id, h.is_private, h.has_partition, k.address_families
    from holds h
    join hold_nodes k on k.hold_id = h.id
    join nodes n on n.id = k.node_id
    join racks r on r.id = n.rack_id
    where h.ended_at is null and h.until > now() and h.id is distinct from p_own
      and r.site_id = any (p_sites)
  ),
  unused as (
    select p.site_id, p.kind, p.family, sum(
      (select coalesce(sum(floor((r.last - r.first + 1) / p.step)), 0)
         from pool_ranges r where r.pool_id = p.id)
      - (select count(*) from pool_items i where i.pool_id = p.id and i.ended_at is null
           and (i.cools_until is null or i.cools_until > clock_timestamp()))) as items
    from pools p
    where p.site_id = any (p_sites) and p.retired_at is null
    group by p.site_id, p.kind, p.family
  )
  select u.site_id, u.kind, u.family, greatest(0, u.items - (
    select case u.kind
      when 'public_ip' then count(*) filter (where u.family = any (k.address_families))
      when 'pkey' then count(distinct k.hold_id) filter (where k.has_partition)
      else count(distinct k.hold_id) filter (where k.is_private) end
    from kept k where k.site_id = u.site_id))
  from unused u
$$;
--> statement-breakpoint
-- The same, looked at with the pools' rows locked until the end of the transaction, all in the order of their
-- ids: whoever draws from them or keeps some of them for a hold does so first, and so one after the other.
create function lock_pool_supply(p_sites text[], p_kinds text[], p_own text)
returns table (site_id text, kind text, family smallint, free numeric)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from pools p
  where p.site_id = any (p_sites) and p.kind = any (p_kinds) and p.retired_at is null
  order by p.id for no key update;
  -- A statement of its own, which sees what those before have committed.
  return query select s.site_id, s.kind, s.family, s.free from pool_supply(p_sites, p_own) s;
end $$;
--> statement-breakpoint
do $$
declare
  f regprocedure;
begin
  grant create on schema public to ingot_worker;
  foreach f in array array['pool_supply(text[], text)',
    'lock_pool_supply(text[], text[], text)']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to ingot_app, ingot_worker', f);
    execute format('alter function %s owner to ingot_worker', f);
  end loop;
  revoke create on schema public from ingot_worker;
end $$;
