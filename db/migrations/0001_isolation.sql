-- Who may see and change which rows, held by the database itself.
--
-- Three roles: the owner of the tables (migrations), `ingot_app` (the portal) and `ingot_worker`
-- (worker and boot server). The portal says for every transaction on whose behalf it acts:
--   app.tenant  the tenant of the grant        app.user  the person
--   app.fleet   'read' or 'write' for operators
-- With nothing said, the portal sees no tenant's rows at all.

create extension if not exists btree_gist;
--> statement-breakpoint
do $$
begin
  if not exists (select from pg_roles where rolname = 'ingot_app') then
    create role ingot_app nologin nosuperuser nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'ingot_worker') then
    create role ingot_worker nologin nosuperuser nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
end $$;
--> statement-breakpoint
do $$
begin
  execute format('grant ingot_app, ingot_worker to %I', current_user);
  execute format('grant usage on schema public to ingot_app, ingot_worker');
end $$;
--> statement-breakpoint
-- A setting that was local to an earlier transaction reads '' and not null, hence nullif.
create function app_tenant() returns text language sql stable parallel safe
  return nullif(current_setting('app.tenant', true), '');
--> statement-breakpoint
create function app_user() returns text language sql stable parallel safe
  return nullif(current_setting('app.user', true), '');
--> statement-breakpoint
create function app_fleet() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.fleet', true), '') in ('read', 'write');
--> statement-breakpoint
create function app_fleet_write() returns boolean language sql stable parallel safe
  return coalesce(current_setting('app.fleet', true), '') = 'write';
--> statement-breakpoint

-- One node is never held twice at the same moment.
alter table allocations add constraint allocations_never_overlap
  exclude using gist (node_id with =, tstzrange(started_at, released_at) with &&);
--> statement-breakpoint

-- Puts a table under forced row-level security: operators by app.fleet, tenants by the two
-- conditions given (null: not at all), the worker everywhere.
create function isolate(target regclass, tenant_reads text, tenant_writes text) returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy app_reads on %s for select to ingot_app using ((select app_fleet())%s)',
    target, coalesce(' or (' || tenant_reads || ')', ''));
  execute format('create policy app_inserts on %s for insert to ingot_app with check ((select app_fleet_write())%s)',
    target, coalesce(' or (' || tenant_writes || ')', ''));
  execute format('create policy app_updates on %s for update to ingot_app using ((select app_fleet_write())%s) with check ((select app_fleet_write())%s)',
    target, coalesce(' or (' || tenant_reads || ')', ''), coalesce(' or (' || tenant_writes || ')', ''));
  execute format('create policy app_deletes on %s for delete to ingot_app using ((select app_fleet_write())%s)',
    target, coalesce(' or (' || tenant_writes || ')', ''));
  execute format('create policy worker_all on %s for all to ingot_worker using (true) with check (true)', target);
end $$;
--> statement-breakpoint
do $$
declare
  own constant text := 'tenant_id = (select app_tenant())';
begin
  -- A tenant's own rows.
  perform isolate('environments', own, own);
  perform isolate('allocations', own, own);
  perform isolate('operations', own, own);
  perform isolate('operation_steps', own, null);
  perform isolate('operation_logs', own, own);
  perform isolate('quotas', own, own);
  perform isolate('project_members', own || ' or user_id = (select app_user())', own);
  perform isolate('tenant_members', own || ' or user_id = (select app_user())', own);
  perform isolate('projects',
    own || ' or exists (select from tenant_members m where m.tenant_id = projects.tenant_id and m.user_id = (select app_user()))', own);
  perform isolate('tenants',
    'id = (select app_tenant()) or exists (select from tenant_members m where m.tenant_id = tenants.id and m.user_id = (select app_user()))',
    'id = (select app_tenant())');

  -- The catalogue: what was shared with one of the tenant's projects.
  perform isolate('profile_shares', own, null);
  perform isolate('template_shares', own, null);
  perform isolate('image_shares', own, null);
  perform isolate('profiles', 'exists (select from profile_shares s where s.profile_id = profiles.id and s.tenant_id = (select app_tenant()))
    or exists (select from allocations a where a.profile_id = profiles.id and a.tenant_id = (select app_tenant()))', null);
  perform isolate('images', 'exists (select from image_shares s where s.image_id = images.id and s.tenant_id = (select app_tenant()))
    or exists (select from environments e where e.image_id = images.id and e.tenant_id = (select app_tenant()))
    or exists (select from profiles p where p.default_image_id = images.id)', null);
  perform isolate('templates', 'exists (select from template_shares s where s.template_id = templates.id and s.tenant_id = (select app_tenant()))
    or exists (select from template_versions v join environments e on e.template_version_id = v.id where v.template_id = templates.id)', null);
  perform isolate('template_versions', 'exists (select from template_shares s where s.template_id = template_versions.template_id and s.tenant_id = (select app_tenant()))
    or exists (select from environments e where e.template_version_id = template_versions.id and e.tenant_id = (select app_tenant()))', null);
  perform isolate('template_groups', 'exists (select from template_versions v where v.id = template_groups.template_version_id)', null);
  perform isolate('node_types', 'exists (select from profiles p where p.node_type_id = node_types.id)', null);

  -- The fleet: a tenant sees free nodes (that is what it may take) and those it holds now.
  perform isolate('nodes',
    'lifecycle = ''available'' or exists (select from allocations a where a.node_id = nodes.id and a.released_at is null and a.tenant_id = (select app_tenant()))',
    'exists (select from allocations a where a.node_id = nodes.id and a.released_at is null and a.tenant_id = (select app_tenant()))');
  perform isolate('sites', null, null);
  perform isolate('racks', null, null);
  perform isolate('controller_credentials', null, null);
  perform isolate('exchanges', null, null);
  perform isolate('boot_windows', null, null);

  -- Audit: who acts may add, for themselves or in a tenant of theirs; only the tenant and operators
  -- may read, nobody may change.
  perform isolate('audit_events', own, 'tenant_id is null or ' || own ||
    ' or exists (select from tenant_members m where m.tenant_id = audit_events.tenant_id and m.user_id = (select app_user()))');

  perform isolate('ssh_keys', 'user_id = (select app_user())', 'user_id = (select app_user())');
end $$;
--> statement-breakpoint

grant select, insert, update on all tables in schema public to ingot_app;
--> statement-breakpoint
revoke update on audit_events, exchanges, operation_logs, operation_steps from ingot_app;
--> statement-breakpoint
revoke insert, update on exchanges, boot_windows from ingot_app;
--> statement-breakpoint
revoke insert, update on operation_steps from ingot_app;
--> statement-breakpoint
grant delete on sessions, sign_in_attempts, ssh_keys, tenant_members, project_members, quotas,
  profile_shares, template_shares, image_shares, template_groups to ingot_app;
--> statement-breakpoint
-- Sealed for the worker: the portal may write a credential, never read one back.
revoke select on controller_credentials from ingot_app;
--> statement-breakpoint
grant select (node_id, version, state, changed_at) on controller_credentials to ingot_app;
--> statement-breakpoint
grant select, insert, update on sites, racks, node_types, nodes, controller_credentials, images,
  profiles, templates, template_versions, template_groups, environments, allocations, operations,
  operation_steps, operation_logs, exchanges, boot_windows to ingot_worker;
--> statement-breakpoint
grant select on tenants, projects, quotas to ingot_worker;
--> statement-breakpoint
grant insert on audit_events to ingot_worker;
--> statement-breakpoint
grant delete on operation_logs, exchanges to ingot_worker;
--> statement-breakpoint
grant usage on all sequences in schema public to ingot_app, ingot_worker;
--> statement-breakpoint
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed';
end $$;
--> statement-breakpoint
create trigger audit_events_are_final before update or delete on audit_events
  for each row execute function refuse_change();
