-- by hand: when nodes of a type that a tenant sees come back from others, for its preflight: the moments at
-- which the leases of nodes that are in order end, to the full hour, soonest first, as many as it is short of.
-- Whose they are is nobody's to know, nor how many more there are. It acts as the worker, whose rows have no
-- conditions.
create function lease_ends(p_node_type text, p_most integer) returns setof timestamptz
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
  order by e.ends_at
  limit least(greatest(p_most, 0), 64)
$$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function lease_ends(text, integer) from public;
  grant execute on function lease_ends(text, integer) to ingot_app, ingot_worker;
  alter function lease_ends(text, integer) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
