CREATE TABLE "passkey_challenges" (
	"bound_to" text NOT NULL,
	"purpose" text NOT NULL,
	"user_id" text,
	"challenge" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "passkey_challenges_bound_to_purpose_pk" PRIMARY KEY("bound_to","purpose")
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text[] DEFAULT '{}' NOT NULL,
	"is_synced" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"distrusted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "proved_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "totp_factors" ADD COLUMN "sealed_next" text;--> statement-breakpoint
ALTER TABLE "passkey_challenges" ADD CONSTRAINT "passkey_challenges_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "passkey_challenges_by_user" ON "passkey_challenges" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "passkeys_credential" ON "passkeys" USING btree ("credential_id");--> statement-breakpoint
CREATE INDEX "passkeys_by_user" ON "passkeys" USING btree ("user_id");--> statement-breakpoint
-- by hand
-- Passkeys are their person's alone; operators may take a lost one away. A challenge that is nobody's
-- yet is seen by whoever is nobody yet, and good only with what it is bound to.
select isolate('passkeys', 'user_id = (select app_user())', 'user_id = (select app_user())');
--> statement-breakpoint
select isolate('passkey_challenges', 'user_id is not distinct from (select app_user())', 'user_id is not distinct from (select app_user())');
--> statement-breakpoint
grant select, insert, update, delete on passkeys, passkey_challenges to ingot_app;
--> statement-breakpoint
-- A person is told what is done to their own account, also in their own scope.
drop policy app_inserts on notifications;
--> statement-breakpoint
create policy app_inserts on notifications for insert to ingot_app with check (
  (select app_fleet_write()) or tenant_id = (select app_tenant())
  or (audience = 'person' and tenant_id is null and user_id = (select app_user())));
--> statement-breakpoint
-- As it was; and what is done to one's own account is told whatever one is.
create or replace function app_is_told(p_kind text, p_audience text, p_tenant text, p_project text, p_user text)
returns boolean language sql stable parallel safe
  return case p_audience
    when 'operators' then exists (select from users u where u.id = app_user()
      and u.operator_role is not null and u.disabled_at is null)
    when 'person' then p_user = app_user() and (p_kind in ('membership.changed', 'account.changed')
      or app_is_member(p_tenant)
      or exists (select from users u where u.id = app_user() and u.operator_role is not null))
    when 'webhook' then false
    else exists (select from tenant_members m where m.tenant_id = p_tenant and m.user_id = app_user()
      and (m.until is null or m.until > now())
      and (m.role in ('owner', 'admin') or (p_audience = 'project' and exists (
        select from project_members pm where pm.project_id = p_project and pm.user_id = app_user()
          and (pm.until is null or pm.until > now())))))
    end;
