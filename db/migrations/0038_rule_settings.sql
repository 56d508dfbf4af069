CREATE TABLE "health_rule_settings" (
	"code" text PRIMARY KEY NOT NULL,
	"enabled" boolean,
	"severity" text,
	"opens_after_ms" integer,
	"closes_after_ms" integer,
	"threshold" real,
	"changed_by" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "health_rule_settings_times" CHECK ("health_rule_settings"."opens_after_ms" between 0 and 86400000 and "health_rule_settings"."closes_after_ms" between 0 and 86400000)
);

--> statement-breakpoint
-- by hand: operators see them and their admins write them; the worker judges by them.
select isolate('health_rule_settings', null, null);
--> statement-breakpoint
grant select, insert, update, delete on health_rule_settings to ingot_app;
--> statement-breakpoint
grant select on health_rule_settings to ingot_worker;
