-- by hand: what a launch of a published version in a project would be given of config contexts, in the order
-- in which `record_contexts` would keep it, for who looks before launching: what goes to the nodes, and of
-- secrets their names. A tenant reads no context, so this reads them for it, and only those of a project of
-- its own and of a template that this project may launch.
create function contexts_of_launch(p_project text, p_version text)
returns table (name text, source text, variables jsonb, files jsonb, secrets text[])
language sql stable security definer set search_path = public, pg_temp as $$
  select c.name, case when a.project_id is null then 'template' else 'project' end, c.variables, c.files,
    array(select s.name from context_secrets s where s.context_id = c.id and s.ended_at is null order by s.name)
  from template_versions v
  join template_shares t on t.template_id = v.template_id and t.tenant_id = app_tenant() and t.project_id = p_project
  join context_attachments a
    on a.template_id = v.template_id or (a.tenant_id = t.tenant_id and a.project_id = t.project_id)
  join contexts c on c.id = a.context_id
  where v.id = p_version and v.state = 'published'
  order by a.project_id is not null, a.attached_at, c.name
$$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function contexts_of_launch(text, text) from public;
  grant execute on function contexts_of_launch(text, text) to ingot_app;
  alter function contexts_of_launch(text, text) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
