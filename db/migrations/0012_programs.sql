CREATE TABLE "retired_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"retired_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
-- by hand
-- Who seals again what is sealed, under a newer key: it sees sealed columns and their keys, and no others.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ingot_keeper') then
    create role ingot_keeper nologin nosuperuser nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
end $$;
--> statement-breakpoint
do $$
begin
  execute format('grant ingot_keeper to %I', current_user);
end $$;
--> statement-breakpoint
grant usage on schema public to ingot_keeper;
--> statement-breakpoint
grant select, insert on retired_keys to ingot_keeper;
--> statement-breakpoint
-- The id of the key that a text is sealed with; empty for one from before texts said so, null where
-- there is nothing.
create function sealed_key(sealed text) returns text language sql immutable parallel safe
  return case when sealed is null or sealed = '' then null
    when sealed like 's2.%' or sealed like 'k2.%' then split_part(sealed, '.', 2) else '' end;
--> statement-breakpoint
-- A program that read the ring before a key was retired, and writes only afterwards, is stopped here:
-- nobody could ever open what it has sealed. So is one of a version whose texts do not say by which key.
create function refuse_retired_key() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
declare
  name text;
  sealed text;
begin
  foreach name in array tg_argv loop
    sealed := to_jsonb(new) ->> name;
    if sealed is distinct from to_jsonb(old) ->> name
      and exists (select from retired_keys where id = sealed_key(sealed) or sealed_key(sealed) = '') then
      raise exception 'this was sealed for a key that has been retired; the same again seals it for the new one';
    end if;
  end loop;
  return new;
end $$;
--> statement-breakpoint
-- Says that columns of a table hold sealed texts, and by which columns a row is known.
create function hold_sealed(target regclass, known_by text[], sealed text[]) returns void
language plpgsql as $$
declare
  columns constant text := (select string_agg(quote_ident(name), ', ') from unnest(sealed) name);
  arguments constant text := (select string_agg(quote_literal(name), ', ') from unnest(sealed) name);
  keys constant text := (select string_agg(quote_ident(name), ', ') from unnest(known_by) name);
begin
  execute format('create trigger sealed_for_no_retired_key before insert or update of %s on %s
    for each row execute function refuse_retired_key(%s)', columns, target, arguments);
  execute format('grant select (%s, %s), update (%s) on %s to ingot_keeper', keys, columns, columns, target);
  -- To hold writers off while it is counted what a key still seals.
  execute format('grant maintain on %s to ingot_keeper', target);
  execute format('create policy keeper_reads on %s for select to ingot_keeper using (true)', target);
  execute format('create policy keeper_updates on %s for update to ingot_keeper using (true) with check (true)', target);
end $$;
--> statement-breakpoint
select hold_sealed('controller_credentials', '{node_id}', '{sealed}');
--> statement-breakpoint
select hold_sealed('password_rotations', '{id,node_id}', '{sealed}');
--> statement-breakpoint
select hold_sealed('site_networks', '{site_id}', '{sealed_secret}');
--> statement-breakpoint
select hold_sealed('site_fabric_managers', '{site_id}', '{sealed_password}');
--> statement-breakpoint
select hold_sealed('providers', '{id}', '{sealed_secret}');
--> statement-breakpoint
select hold_sealed('environment_secrets', '{environment_id,name}', '{sealed_value}');
--> statement-breakpoint
select hold_sealed('webhooks', '{id}', '{sealed_path,sealed_secret}');
--> statement-breakpoint
select hold_sealed('identity_providers', '{id}', '{sealed_secret}');
--> statement-breakpoint
select hold_sealed('totp_factors', '{user_id}', '{sealed_secret,sealed_next}');
--> statement-breakpoint
-- As use_api_token, and no request: for a stream that asks whether it may go on.
create function see_api_token(p_key text, p_sha256 text)
returns table (token_id text, token_name text, user_id text, scopes text[], standing text,
  requests integer, window_seconds integer, tenant_id text, tenant_slug text, tenant_name text,
  project_id text, project_slug text, project_name text,
  account_id text, account_name text, account_role text)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.id, t.name, t.user_id, t.scopes,
    case when t.revoked_at is not null or a.removed_at is not null then 'revoked'
      when t.expires_at <= now() then 'expired' else 'live' end,
    0, 0, t.tenant_id, n.slug, n.name, t.project_id, p.slug, p.name, a.id, a.name, a.role
  from api_tokens t
  left join service_accounts a on a.id = t.service_account_id
  left join tenants n on n.id = t.tenant_id
  left join projects p on p.id = t.project_id
  where t.key = p_key and t.sha256 = p_sha256
$$;
--> statement-breakpoint
-- In how many milliseconds a token ends by itself.
create function api_token_ends_in(p_id text) returns float8
language sql stable security definer set search_path = public, pg_temp as $$
  select extract(epoch from t.expires_at - now())::float8 * 1000 from api_tokens t where t.id = p_id
$$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function see_api_token(text, text), api_token_ends_in(text) from public;
  grant execute on function see_api_token(text, text), api_token_ends_in(text) to ingot_app, ingot_worker;
  alter function see_api_token(text, text) owner to ingot_worker;
  alter function api_token_ends_in(text) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
