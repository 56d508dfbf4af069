CREATE TABLE "audit_names" (
	"chain" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "audit_names_chain_kind_name_pk" PRIMARY KEY("chain","kind","name")
);
--> statement-breakpoint
CREATE INDEX "audit_events_by_action" ON "audit_events" USING btree ((case when "tenant_id" is null then 'fleet' else "tenant_id" end),"action","at","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_actor" ON "audit_events" USING btree ((case when "tenant_id" is null then 'fleet' else "tenant_id" end),"actor_name","at","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_object_name" ON "audit_events" USING btree ((case when "tenant_id" is null then 'fleet' else "tenant_id" end),"object_name","at","id") WHERE "audit_events"."object_name" is not null;--> statement-breakpoint
CREATE INDEX "audit_events_by_object" ON "audit_events" USING btree ("object_id","at","id") WHERE "audit_events"."object_id" is not null;--> statement-breakpoint
CREATE INDEX "audit_events_denied" ON "audit_events" USING btree ("tenant_id","at","id") WHERE "audit_events"."outcome" = 'denied';--> statement-breakpoint
-- by hand
-- The names of a chain's events: read as the chain is, added by the role that links, changed by nobody.
alter table audit_names enable row level security;
--> statement-breakpoint
alter table audit_names force row level security;
--> statement-breakpoint
create policy app_reads on audit_names for select to ingot_app
  using (chain = (select app_tenant()) or (select app_fleet()));
--> statement-breakpoint
create policy auditor_inserts on audit_names for insert to ingot_audit with check (true);
--> statement-breakpoint
grant select on audit_names to ingot_app;
--> statement-breakpoint
grant insert on audit_names to ingot_audit;
--> statement-breakpoint
create trigger audit_names_are_final before update or delete on audit_names
  for each row execute function refuse_change();
--> statement-breakpoint
-- With the link, so that the chain's row is locked: nobody else adds a name of it meanwhile, and no two
-- acts wait for each other's.
create function name_audit_event() returns trigger
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into audit_names (chain, kind, name)
  select new.chain, n.kind, n.name
  from audit_events e, lateral (values ('action', e.action), ('actor', e.actor_name), ('object', e.object_name)) n (kind, name)
  where e.id = new.event_id and n.name is not null
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_audit;
  revoke execute on function name_audit_event() from public;
  alter function name_audit_event() owner to ingot_audit;
  revoke create on schema public from ingot_audit;
end $$;
--> statement-breakpoint
create trigger audit_links_are_named after insert on audit_links
  for each row execute function name_audit_event();
--> statement-breakpoint
-- Of the events there are.
do $$
begin
  set local role ingot_audit;
  insert into audit_names (chain, kind, name)
  select distinct coalesce(e.tenant_id, 'fleet'), n.kind, n.name
  from audit_events e, lateral (values ('action', e.action), ('actor', e.actor_name), ('object', e.object_name)) n (kind, name)
  where n.name is not null
  on conflict do nothing;
  reset role;
end $$;
