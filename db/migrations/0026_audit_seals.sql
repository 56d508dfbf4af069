CREATE TABLE "audit_seals" (
	"chain" text NOT NULL,
	"length" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL,
	CONSTRAINT "audit_seals_chain_length_pk" PRIMARY KEY("chain","length")
);
--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "session_id" text;--> statement-breakpoint
-- by hand
-- The ends of chains, signed by the worker: it adds them, and nobody changes one.
do $$
begin
  alter table audit_seals enable row level security;
  alter table audit_seals force row level security;
  create policy app_reads on audit_seals for select to ingot_app
    using (chain = (select app_tenant()) or (select app_fleet()));
  create policy worker_reads on audit_seals for select to ingot_worker using (true);
  create policy worker_inserts on audit_seals for insert to ingot_worker with check (true);
  -- What it signs.
  create policy worker_reads on audit_links for select to ingot_worker using (true);
  create policy worker_reads on audit_chains for select to ingot_worker using (true);
end $$;
--> statement-breakpoint
grant select on audit_seals to ingot_app;
--> statement-breakpoint
grant select, insert on audit_seals to ingot_worker;
--> statement-breakpoint
grant select on audit_links, audit_chains to ingot_worker;
--> statement-breakpoint
create trigger audit_seals_are_final before update or delete on audit_seals
  for each row execute function refuse_change();
--> statement-breakpoint
-- The second form has the session. Only an event of one is in it: all others have the text that they had,
-- so that older links hold, and an older portal that runs on beside this one walks both forms by this too.
create or replace function audit_event_text(e audit_events, p_chain text, p_sequence bigint) returns text
language sql stable as $$
  select (jsonb_build_array(case when e.session_id is null then 1 else 2 end, p_chain, p_sequence, e.id,
    to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.tenant_id, e.project_id,
    e.actor_id, e.actor_name, e.action, e.outcome, e.object_kind, e.object_id, e.object_name,
    e.detail, e.request_id, e.ip_address, e.token_id, e.token_name)
    || case when e.session_id is null then '[]'::jsonb else jsonb_build_array(e.session_id) end)::text
$$;
--> statement-breakpoint
-- As it was, with the session: what is streamed is what the export has.
create or replace function tell_audit_event() returns trigger
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into notifications (id, kind, audience, tenant_id, data)
  select 'ntf' || substr(e.id, 4), 'audit.event', 'webhook', e.tenant_id,
    jsonb_build_object('event', jsonb_build_object('sequence', new.sequence,
      'at', to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'tenant', t.slug,
      'actor', e.actor_name, 'token', e.token_name, 'sessionId', e.session_id, 'action', e.action,
      'outcome', e.outcome, 'objectKind', e.object_kind, 'objectId', e.object_id,
      'objectName', e.object_name, 'detail', e.detail, 'requestId', e.request_id,
      'ipAddress', e.ip_address, 'id', e.id, 'hash', encode(new.hash, 'hex')))
  from audit_events e left join tenants t on t.id = e.tenant_id
  where e.id = new.event_id and exists (select from webhooks w where w.removed_at is null
    and 'audit.event' = any(w.kinds) and (w.tenant_id is null or w.tenant_id = e.tenant_id));
  if found then
    perform pg_notify('ingot_work', '');
  end if;
  return null;
end $$;
