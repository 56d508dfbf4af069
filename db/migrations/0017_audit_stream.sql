-- by hand: the audit log as messages to the webhooks that ask for it. An event is told in the transaction
-- of its act, as the chain has it, by the role that links it; its message has the id of the event.
grant select (id, slug) on tenants to ingot_audit;
--> statement-breakpoint
grant select (tenant_id, kinds, removed_at) on webhooks to ingot_audit;
--> statement-breakpoint
grant insert on notifications to ingot_audit;
--> statement-breakpoint
create policy auditor_reads on tenants for select to ingot_audit using (true);
--> statement-breakpoint
create policy auditor_reads on webhooks for select to ingot_audit using (true);
--> statement-breakpoint
create policy auditor_tells on notifications for insert to ingot_audit
  with check (kind = 'audit.event' and audience = 'webhook');
--> statement-breakpoint
create function tell_audit_event() returns trigger
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into notifications (id, kind, audience, tenant_id, data)
  select 'ntf' || substr(e.id, 4), 'audit.event', 'webhook', e.tenant_id,
    jsonb_build_object('event', jsonb_build_object('sequence', new.sequence,
      'at', to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'tenant', t.slug,
      'actor', e.actor_name, 'token', e.token_name, 'action', e.action, 'outcome', e.outcome,
      'objectKind', e.object_kind, 'objectId', e.object_id, 'objectName', e.object_name, 'detail', e.detail,
      'requestId', e.request_id, 'ipAddress', e.ip_address, 'id', e.id, 'hash', encode(new.hash, 'hex')))
  from audit_events e left join tenants t on t.id = e.tenant_id
  where e.id = new.event_id and exists (select from webhooks w where w.removed_at is null
    and 'audit.event' = any(w.kinds) and (w.tenant_id is null or w.tenant_id = e.tenant_id));
  if found then
    perform pg_notify('ingot_work', '');
  end if;
  return null;
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_audit;
  revoke execute on function tell_audit_event() from public;
  alter function tell_audit_event() owner to ingot_audit;
  revoke create on schema public from ingot_audit;
end $$;
--> statement-breakpoint
create trigger audit_links_are_told after insert on audit_links
  for each row execute function tell_audit_event();
