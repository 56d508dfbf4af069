CREATE TABLE "api_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"user_id" text,
	"service_account_id" text,
	"tenant_id" text,
	"project_id" text,
	"scopes" text[] NOT NULL,
	"created_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"last_used_address" text,
	"window_at" timestamp with time zone,
	"window_requests" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "api_tokens_have_one_owner" CHECK (num_nonnulls("api_tokens"."user_id", "api_tokens"."service_account_id") = 1),
	CONSTRAINT "api_tokens_of_one_place" CHECK (("api_tokens"."tenant_id" is null) = ("api_tokens"."project_id" is null) and ("api_tokens"."service_account_id" is null or "api_tokens"."project_id" is not null)),
	CONSTRAINT "api_tokens_end" CHECK ("api_tokens"."expires_at" <= "api_tokens"."created_at" + interval '90 days')
);
--> statement-breakpoint
CREATE TABLE "service_accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "service_accounts_of_project" UNIQUE("tenant_id","project_id","id")
);
--> statement-breakpoint
CREATE TABLE "audit_chains" (
	"chain" text PRIMARY KEY NOT NULL,
	"length" bigint NOT NULL,
	"hash" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_links" (
	"chain" text NOT NULL,
	"sequence" bigint NOT NULL,
	"event_id" text NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_links_chain_sequence_pk" PRIMARY KEY("chain","sequence"),
	CONSTRAINT "audit_links_event_id_unique" UNIQUE("event_id")
);
--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "token_id" text;--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "token_name" text;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_service_account" FOREIGN KEY ("tenant_id","project_id","service_account_id") REFERENCES "public"."service_accounts"("tenant_id","project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_accounts" ADD CONSTRAINT "service_accounts_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_key" ON "api_tokens" USING btree ("key");--> statement-breakpoint
CREATE INDEX "api_tokens_by_user" ON "api_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "api_tokens_by_service_account" ON "api_tokens" USING btree ("service_account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "service_accounts_name" ON "service_accounts" USING btree ("project_id","name") WHERE "service_accounts"."removed_at" is null;--> statement-breakpoint
-- by hand

-- A service account belongs to its project; a token to a person, or to its service account.
select isolate('service_accounts', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
select isolate('api_tokens',
  '(service_account_id is not null and tenant_id = (select app_tenant())) or user_id = (select app_user())',
  '(service_account_id is not null and tenant_id = (select app_tenant())) or user_id = (select app_user())');
--> statement-breakpoint
grant select, insert on service_accounts, api_tokens to ingot_app;
--> statement-breakpoint
grant update (role, removed_at) on service_accounts to ingot_app;
--> statement-breakpoint
-- What a token may do is settled when it is made: from then on it can only end.
grant update (revoked_at) on api_tokens to ingot_app;
--> statement-breakpoint
grant select on service_accounts to ingot_worker;
--> statement-breakpoint
grant select, update on api_tokens to ingot_worker;
--> statement-breakpoint

-- Finds a token by its key and hash, and counts and dates its use; no row when there is none such.
-- Before it is known who asks, no scope can be set, hence a function that sees every row and gives
-- out the one whose secret was shown. Times are the database's own.
create function use_api_token(p_key text, p_sha256 text, p_address text)
returns table (token_id text, token_name text, user_id text, scopes text[], standing text,
  requests integer, window_seconds integer, tenant_id text, tenant_slug text, tenant_name text,
  project_id text, project_slug text, project_name text,
  account_id text, account_name text, account_role text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found_token api_tokens;
  live boolean;
begin
  select * into found_token from api_tokens t where t.key = p_key and t.sha256 = p_sha256;
  if not found then
    return;
  end if;
  live := found_token.revoked_at is null and found_token.expires_at > now();
  if live then
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
      a.id, a.name, a.role
    from (select 1) one
    left join service_accounts a on a.id = found_token.service_account_id
    left join tenants n on n.id = found_token.tenant_id
    left join projects p on p.id = found_token.project_id;
end $$;
--> statement-breakpoint
do $$
begin
  grant create on schema public to ingot_worker;
  revoke execute on function use_api_token(text, text, text) from public;
  grant execute on function use_api_token(text, text, text) to ingot_app, ingot_worker;
  alter function use_api_token(text, text, text) owner to ingot_worker;
  revoke create on schema public from ingot_worker;
end $$;
--> statement-breakpoint

-- The audit chain. A role of its own links events: neither portal nor worker can write a link.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ingot_audit') then
    create role ingot_audit nologin nosuperuser nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
end $$;
--> statement-breakpoint
do $$
begin
  execute format('grant ingot_audit to %I', current_user);
  execute 'grant usage on schema public to ingot_audit';
end $$;
--> statement-breakpoint
alter table audit_links enable row level security;
--> statement-breakpoint
alter table audit_links force row level security;
--> statement-breakpoint
alter table audit_chains enable row level security;
--> statement-breakpoint
alter table audit_chains force row level security;
--> statement-breakpoint
create policy app_reads on audit_links for select to ingot_app
  using (chain = (select app_tenant()) or (select app_fleet()));
--> statement-breakpoint
create policy app_reads on audit_chains for select to ingot_app
  using (chain = (select app_tenant()) or (select app_fleet()));
--> statement-breakpoint
create policy auditor_all on audit_links for all to ingot_audit using (true) with check (true);
--> statement-breakpoint
create policy auditor_all on audit_chains for all to ingot_audit using (true) with check (true);
--> statement-breakpoint
create policy auditor_reads on audit_events for select to ingot_audit using (true);
--> statement-breakpoint
grant select on audit_links, audit_chains to ingot_app;
--> statement-breakpoint
grant select, insert on audit_links to ingot_audit;
--> statement-breakpoint
grant select, insert, update on audit_chains to ingot_audit;
--> statement-breakpoint
grant select on audit_events to ingot_audit;
--> statement-breakpoint
create trigger audit_links_are_final before update or delete on audit_links
  for each row execute function refuse_change();
--> statement-breakpoint

-- What the hash of an event is over, in one form: jsonb has one way to write each value.
create function audit_event_text(e audit_events, p_chain text, p_sequence bigint) returns text
language sql stable as $$
  select jsonb_build_array(1, p_chain, p_sequence, e.id,
    to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.tenant_id, e.project_id,
    e.actor_id, e.actor_name, e.action, e.outcome, e.object_kind, e.object_id, e.object_name,
    e.detail, e.request_id, e.ip_address, e.token_id, e.token_name)::text
$$;
--> statement-breakpoint
create function append_audit_link(e audit_events) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  its_chain constant text := coalesce(e.tenant_id, 'fleet');
  head audit_chains;
begin
  loop
    -- One statement: it waits for the row's lock, and then reads what the one before it wrote.
    update audit_chains c set length = c.length + 1,
      hash = sha256(c.hash || convert_to(audit_event_text(e, its_chain, c.length + 1), 'UTF8'))
    where c.chain = its_chain
    returning * into head;
    exit when found;
    insert into audit_chains (chain, length, hash) values (its_chain, 0, ''::bytea) on conflict do nothing;
  end loop;
  insert into audit_links (chain, sequence, event_id, hash)
  values (its_chain, head.length, e.id, head.hash);
end $$;
--> statement-breakpoint
create function link_audit_event() returns trigger
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  perform append_audit_link(new);
  return null;
end $$;
--> statement-breakpoint
-- Walks a part of a chain that begins after link `p_after`, whose hash is `p_hash`, and says where it
-- first does not hold. Runs with the rights of who asks: a tenant walks its own chain alone.
create function check_audit_chain(p_chain text, p_after bigint, p_hash bytea, p_most integer)
returns table (checked integer, last bigint, last_hash bytea, fault_at bigint, fault_event text, fault text)
language sql stable as $$
  with links as (
    select l.sequence, l.event_id, l.hash from audit_links l
    where l.chain = p_chain and l.sequence > p_after
    order by l.sequence limit p_most
  ), looked as (
    select l.sequence, l.event_id, l.hash,
      case
        when l.sequence <> lag(l.sequence, 1, p_after) over walk + 1 then 'gap'
        when e.id is null then 'removed'
        when l.hash <> sha256(lag(l.hash, 1, p_hash) over walk
          || convert_to(audit_event_text(e, p_chain, l.sequence), 'UTF8')) then 'changed'
      end as fault
    from links l left join audit_events e on e.id = l.event_id
    window walk as (order by l.sequence)
  ), first as (
    select sequence, event_id, fault from looked where fault is not null order by sequence limit 1
  )
  select count(*)::integer, max(k.sequence), (array_agg(k.hash order by k.sequence desc))[1],
    (select sequence from first), (select event_id from first), (select fault from first)
  from looked k
$$;
--> statement-breakpoint
do $$
declare
  f regprocedure;
begin
  grant create on schema public to ingot_audit;
  foreach f in array array['append_audit_link(audit_events)', 'link_audit_event()']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('alter function %s owner to ingot_audit', f);
  end loop;
  revoke create on schema public from ingot_audit;
end $$;
--> statement-breakpoint
-- What was written before there were chains is linked first, in its order.
do $$
declare
  e audit_events;
begin
  set local role ingot_audit;
  for e in select * from audit_events order by at, id loop
    perform append_audit_link(e);
  end loop;
  reset role;
end $$;
--> statement-breakpoint
-- At the commit, so that a chain is held no longer than that, and never while something else is
-- waited for.
create constraint trigger audit_events_are_linked after insert on audit_events
  deferrable initially deferred for each row execute function link_audit_event();
