CREATE TABLE "act_windows" (
	"key" text PRIMARY KEY NOT NULL,
	"window_at" timestamp with time zone NOT NULL,
	"acts" integer NOT NULL
);
--> statement-breakpoint
-- by hand
grant select, insert, update on act_windows to ingot_app;
