-- by hand: the ends of leases of nodes (0035) only where what is to be launched can have its network: at sites that
-- have a pool of each of the kinds that are named, whatever is free of it now.
drop function lease_ends(text, integer);
--> statement-breakpoint
create function lease_ends(p_node_type text, p_most integer, p_kinds text[] default '{}') returns setof timestamptz
language sql stable security definer set search_path = public, pg_temp as $$
  select date_trunc('hour', greatest(e.ends_at, now())) + interval '1 hour'
  from allocations a
  join environments e on e.id = a.environment_id
  join nodes n on n.id = a.node_id
  where n.node_type_id = p_node_type
    and a.released_at is null
    and e.ends_at is not null
    and e.state not in ('releasing', 'released')
    and not n.maintenance
    and not n.cordoned
    and n.health <> 'critical'
    and n.controller_state not in ('auth_failed', 'certificate_changed')
    and exists (select from profiles p where p.node_type_id = p_node_type and app_sees_profile(p.id))
    and not exists (
      select from unnest(p_kinds) as wanted (kind)
      where not exists (
        select from racks r join pools p on p.site_id = r.site_id
        where r.id = n.rack_id and p.kind = wanted.kind and p.retired_at is null))
  order by e.ends_at
  limit least(greatest(p_most, 0), 64)
$$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function lease_ends(text, integer, text[]) from public;
  grant execute on function lease_ends(text, integer, text[]) to ingot_app, ingot_worker;
  alter function lease_ends(text, integer, text[]) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
