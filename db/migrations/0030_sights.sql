CREATE INDEX "allocations_by_profile" ON "allocations" USING btree ("profile_id","tenant_id");--> statement-breakpoint
CREATE INDEX "environments_by_image" ON "environments" USING btree ("image_id","tenant_id");--> statement-breakpoint
CREATE INDEX "environments_by_version" ON "environments" USING btree ("template_version_id","tenant_id");--> statement-breakpoint
-- by hand: what of the catalogue a tenant sees, said by functions. Conditions that look at tables which have
-- conditions of their own are planned anew with every query, each of them twice and those within it twice
-- again: of the 130 ms of processor that a launch took on a new connection, planning was 110.
--
-- They say what the conditions said, of the tenant that acts. They act as the worker, whose rows have no
-- conditions, and tell yes or no.
grant select on profile_shares, template_shares, image_shares to ingot_worker;
--> statement-breakpoint
create function app_sees_profile(p_profile text) returns boolean
language plpgsql stable parallel safe security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from profile_shares s where s.profile_id = p_profile and s.tenant_id = app_tenant())
    or exists (select from allocations a where a.profile_id = p_profile and a.tenant_id = app_tenant());
end $$;
--> statement-breakpoint
create function app_sees_image(p_image text) returns boolean
language plpgsql stable parallel safe security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from image_shares s where s.image_id = p_image and s.tenant_id = app_tenant())
    or exists (select from environments e where e.image_id = p_image and e.tenant_id = app_tenant())
    or exists (select from profile_versions v where v.default_image_id = p_image
      and v.published_at is not null and app_sees_profile(v.profile_id));
end $$;
--> statement-breakpoint
create function app_sees_template_version(p_version text) returns boolean
language plpgsql stable parallel safe security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from template_versions v join template_shares s on s.template_id = v.template_id
      where v.id = p_version and s.tenant_id = app_tenant())
    or exists (select from environments e where e.template_version_id = p_version and e.tenant_id = app_tenant());
end $$;
--> statement-breakpoint
create function app_sees_template(p_template text) returns boolean
language plpgsql stable parallel safe security definer
set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return exists (select from template_shares s where s.template_id = p_template and s.tenant_id = app_tenant())
    or exists (select from template_versions v join environments e on e.template_version_id = v.id
      where v.template_id = p_template and e.tenant_id = app_tenant());
end $$;
--> statement-breakpoint
do $$
declare
  f regprocedure;
begin
  grant create on schema public to ingot_worker;
  foreach f in array array['app_sees_profile(text)', 'app_sees_image(text)',
    'app_sees_template_version(text)', 'app_sees_template(text)']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to ingot_app, ingot_worker', f);
    execute format('alter function %s owner to ingot_worker', f);
  end loop;
  revoke create on schema public from ingot_worker;
end $$;
--> statement-breakpoint
do $$
declare
  target text;
  sees text;
begin
  for target, sees in values
    ('profiles', 'app_sees_profile(id)'),
    ('profile_versions', 'published_at is not null and app_sees_profile(profile_id)'),
    ('images', 'app_sees_image(id)'),
    ('templates', 'app_sees_template(id)'),
    ('template_versions', 'app_sees_template_version(id)'),
    ('template_groups', 'app_sees_template_version(template_version_id)')
  loop
    -- What may be written stays with the policies as it is.
    execute format('alter policy app_reads on %I using ((select app_fleet()) or (%s))', target, sees);
    execute format('alter policy app_updates on %I using ((select app_fleet_write()) or (%s))', target, sees);
  end loop;
end $$;
