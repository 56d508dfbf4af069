-- As the function of three arguments, which a portal of the version before goes on calling while this is
-- applied; and from where the token was last used, when that was within so many minutes.
create function use_api_token(p_key text, p_sha256 text, p_address text, p_minutes integer)
returns table (token_id text, token_name text, user_id text, scopes text[], standing text,
  requests integer, window_seconds integer, tenant_id text, tenant_slug text, tenant_name text,
  project_id text, project_slug text, project_name text,
  account_id text, account_name text, account_role text, address_before text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_token api_tokens;
  live boolean;
  before text;
begin
  select * into found_token from api_tokens t where t.key = p_key and t.sha256 = p_sha256;
  if not found then
    return;
  end if;
  live := found_token.revoked_at is null and found_token.expires_at > now();
  if live then
    if found_token.last_used_at > now() - make_interval(mins => p_minutes) then
      before := found_token.last_used_address;
    end if;
    update api_tokens t set
      window_at = case when t.window_at > now() - interval '1 minute' then t.window_at else now() end,
      window_requests = case when t.window_at > now() - interval '1 minute' then t.window_requests + 1 else 1 end,
      last_used_at = case when t.last_used_at > now() - interval '1 minute' then t.last_used_at else now() end,
      last_used_address = case when t.last_used_at > now() - interval '1 minute' then t.last_used_address else p_address end
    where t.id = found_token.id
    returning * into found_token;
  end if;
  return query
    select found_token.id, found_token.name, found_token.user_id, found_token.scopes,
      case when found_token.revoked_at is not null or a.removed_at is not null then 'revoked'
        when not live then 'expired' else 'live' end,
      found_token.window_requests,
      greatest(1, ceil(extract(epoch from found_token.window_at + interval '1 minute' - now())))::integer,
      found_token.tenant_id, n.slug, n.name, found_token.project_id, p.slug, p.name,
      a.id, a.name, a.role, before
    from (select 1) one
    left join service_accounts a on a.id = found_token.service_account_id
    left join tenants n on n.id = found_token.tenant_id
    left join projects p on p.id = found_token.project_id;
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function use_api_token(text, text, text, integer) from public;
  grant execute on function use_api_token(text, text, text, integer) to ingot_app, ingot_worker;
  alter function use_api_token(text, text, text, integer) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
--> statement-breakpoint
-- As it was; and what is done with one's own token is told whatever one is.
create or replace function app_is_told(p_kind text, p_audience text, p_tenant text, p_project text, p_user text)
returns boolean language sql stable parallel safe
  return case p_audience
    when 'operators' then exists (select from users u where u.id = app_user()
      and u.operator_role is not null and u.disabled_at is null)
    when 'person' then p_user = app_user() and (p_kind in ('membership.changed', 'account.changed', 'token.in_two_places')
      or app_is_member(p_tenant)
      or exists (select from users u where u.id = app_user() and u.operator_role is not null))
    when 'webhook' then false
    else exists (select from tenant_members m where m.tenant_id = p_tenant and m.user_id = app_user()
      and (m.until is null or m.until > now())
      and (m.role in ('owner', 'admin') or (p_audience = 'project' and exists (
        select from project_members pm where pm.project_id = p_project and pm.user_id = app_user()
          and (pm.until is null or pm.until > now())))))
    end;
