CREATE TABLE "mail_times" (
	"user_id" text PRIMARY KEY NOT NULL,
	"time_zone" text NOT NULL,
	"quiet_from" integer,
	"quiet_until" integer,
	"digest_at" integer NOT NULL,
	CONSTRAINT "mail_times_quiet" CHECK (("mail_times"."quiet_from" is null) = ("mail_times"."quiet_until" is null) and "mail_times"."quiet_from" <> "mail_times"."quiet_until"),
	CONSTRAINT "mail_times_of_day" CHECK ("mail_times"."quiet_from" between 0 and 1439 and "mail_times"."quiet_until" between 0 and 1439 and "mail_times"."digest_at" between 0 and 1439)
);
--> statement-breakpoint
CREATE TABLE "project_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"public_key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"added_by" text NOT NULL,
	"added_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "authorized_keys" jsonb;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "keys_put_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "allocations" ADD COLUMN "put_keys" jsonb;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "digest_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "mail_times" ADD CONSTRAINT "mail_times_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_keys" ADD CONSTRAINT "project_keys_project" FOREIGN KEY ("tenant_id","project_id") REFERENCES "public"."projects"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "project_keys_fingerprint" ON "project_keys" USING btree ("project_id","fingerprint");--> statement-breakpoint
CREATE INDEX "deliveries_of_digest" ON "deliveries" USING btree ("user_id","digest_at") WHERE "deliveries"."digest_at" is not null;
--> statement-breakpoint
-- by hand
-- A project's keys are its tenant's to see and change; they are never altered, only added and removed.
select isolate('project_keys', 'tenant_id = (select app_tenant())', 'tenant_id = (select app_tenant())');
--> statement-breakpoint
grant select, insert, delete on project_keys to ingot_app;
--> statement-breakpoint
-- Until now keys were put on once: a node that is up has those that its environment was launched with.
-- A system in memory takes them at each start; one on a disk had no means to. As the worker, who sees
-- every tenant's rows; the tables' owner does not.
set role ingot_worker;
--> statement-breakpoint
update allocations a
set put_keys = jsonb_build_object('keys', e.authorized_keys, 'atStart', i.disk_file is null)
from environments e
join images i on i.id = e.image_id
where e.id = a.environment_id and a.released_at is null
  and exists (select from nodes n where n.id = a.node_id and n.lifecycle = 'active');
--> statement-breakpoint
reset role;
--> statement-breakpoint
-- When one wants mail is one's own to say; the worker, who sends it, reads it.
select isolate('mail_times', 'user_id = (select app_user())', 'user_id = (select app_user())');
--> statement-breakpoint
grant select, insert, update on mail_times to ingot_app;
--> statement-breakpoint
grant select on mail_times to ingot_worker;
