CREATE TABLE "bell_entries" (
	"user_id" text NOT NULL,
	"notification_id" text NOT NULL,
	"read_at" timestamp with time zone,
	CONSTRAINT "bell_entries_user_id_notification_id_pk" PRIMARY KEY("user_id","notification_id")
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"notification_id" text NOT NULL,
	"channel" text NOT NULL,
	"tenant_id" text,
	"webhook_id" text,
	"user_id" text,
	"state" text DEFAULT 'waiting' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"last_status" integer,
	"last_words" text DEFAULT '' NOT NULL,
	"last_at" timestamp with time zone,
	"took_ms" integer,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"run_after" timestamp with time zone DEFAULT now() NOT NULL,
	"give_up_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "deliveries_have_a_receiver" CHECK (case "deliveries"."channel" when 'webhook' then "deliveries"."webhook_id" is not null and "deliveries"."user_id" is null else "deliveries"."user_id" is not null and "deliveries"."webhook_id" is null end)
);
--> statement-breakpoint
CREATE TABLE "notification_preferences" (
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"channel" text NOT NULL,
	CONSTRAINT "notification_preferences_user_id_kind_pk" PRIMARY KEY("user_id","kind")
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"audience" text NOT NULL,
	"tenant_id" text,
	"project_id" text,
	"user_id" text,
	"data" jsonb NOT NULL,
	"dedupe_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"fanned_out_at" timestamp with time zone,
	CONSTRAINT "notifications_person" CHECK (("notifications"."audience" = 'person') = ("notifications"."user_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text,
	"name" text NOT NULL,
	"form" text NOT NULL,
	"address" text NOT NULL,
	"sealed_path" text NOT NULL,
	"certificate_pem" text,
	"sealed_secret" text NOT NULL,
	"kinds" text[] NOT NULL,
	"paused_at" timestamp with time zone,
	"removed_at" timestamp with time zone,
	"created_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhooks_of_tenant" UNIQUE("tenant_id","id")
);
--> statement-breakpoint
ALTER TABLE "bell_entries" ADD CONSTRAINT "bell_entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bell_entries" ADD CONSTRAINT "bell_entries_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_webhook" FOREIGN KEY ("tenant_id","webhook_id") REFERENCES "public"."webhooks"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bell_entries_unread" ON "bell_entries" USING btree ("user_id") WHERE "bell_entries"."read_at" is null;--> statement-breakpoint
CREATE INDEX "bell_entries_by_notification" ON "bell_entries" USING btree ("notification_id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once_per_webhook" ON "deliveries" USING btree ("notification_id","webhook_id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once_per_person" ON "deliveries" USING btree ("notification_id","user_id");--> statement-breakpoint
CREATE INDEX "deliveries_by_webhook" ON "deliveries" USING btree ("webhook_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("run_after") WHERE "deliveries"."state" = 'waiting';--> statement-breakpoint
CREATE UNIQUE INDEX "notifications_once" ON "notifications" USING btree ("dedupe_key");--> statement-breakpoint
CREATE INDEX "notifications_due" ON "notifications" USING btree ("id") WHERE "notifications"."fanned_out_at" is null;--> statement-breakpoint
CREATE INDEX "notifications_by_age" ON "notifications" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "webhooks_name" ON "webhooks" USING btree (coalesce("tenant_id", ''),"name") WHERE "webhooks"."removed_at" is null;--> statement-breakpoint
-- by hand

-- Who is told may read it, as long as they still are who is told: a membership that has ended takes
-- what it brought with it. Only what became of one's own role outlives the role.
create function app_is_told(p_kind text, p_audience text, p_tenant text, p_project text, p_user text)
returns boolean language sql stable parallel safe
  return case p_audience
    when 'operators' then exists (select from users u where u.id = app_user()
      and u.operator_role is not null and u.disabled_at is null)
    when 'person' then p_user = app_user() and (p_kind = 'membership.changed' or app_is_member(p_tenant)
      or exists (select from users u where u.id = app_user() and u.operator_role is not null))
    when 'webhook' then false
    else exists (select from tenant_members m where m.tenant_id = p_tenant and m.user_id = app_user()
      and (m.until is null or m.until > now())
      and (m.role in ('owner', 'admin') or (p_audience = 'project' and exists (
        select from project_members pm where pm.project_id = p_project and pm.user_id = app_user()
          and (pm.until is null or pm.until > now())))))
    end;
--> statement-breakpoint
do $$
declare
  own constant text := 'tenant_id = (select app_tenant())';
  mine constant text := 'user_id = (select app_user())';
begin
  -- In a tenant's own scope, what its webhooks are told; not what operators are told of it.
  perform isolate('notifications',
    'app_is_told(kind, audience, tenant_id, project_id, user_id) or (' || own
      || ' and audience in (''project'', ''tenant_admins'', ''webhook''))', own);
  perform isolate('webhooks', own, own);
  perform isolate('deliveries', own || ' or ' || mine, own);
  perform isolate('bell_entries', mine, mine);
  perform isolate('notification_preferences', mine, mine);
end $$;
--> statement-breakpoint
-- What is told is never changed; the portal writes it and reads it.
grant select, insert on notifications to ingot_app;
--> statement-breakpoint
grant select on bell_entries, deliveries to ingot_app;
--> statement-breakpoint
grant update (read_at) on bell_entries to ingot_app;
--> statement-breakpoint
grant update (state, attempt, run_after, give_up_at, fence, lease_until, ended_at, last_words) on deliveries to ingot_app;
--> statement-breakpoint
grant select, insert, update, delete on notification_preferences to ingot_app;
--> statement-breakpoint
-- The secret and the path are sealed for the worker: the portal may write them, never read them back.
grant insert on webhooks to ingot_app;
--> statement-breakpoint
grant select (id, tenant_id, name, form, address, certificate_pem, kinds, paused_at, removed_at, created_by_name, created_at),
  update (form, address, sealed_path, certificate_pem, sealed_secret, kinds, paused_at, removed_at) on webhooks to ingot_app;
--> statement-breakpoint
grant select, insert, update, delete on notifications to ingot_worker;
--> statement-breakpoint
grant select, insert, update on bell_entries, deliveries to ingot_worker;
--> statement-breakpoint
grant select on webhooks, notification_preferences, tenant_members, project_members to ingot_worker;
--> statement-breakpoint
-- Whom to tell, and where they read their mail: nothing of how they sign in.
grant select (id, email, name, operator_role, disabled_at) on users to ingot_worker;
