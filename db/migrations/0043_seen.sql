ALTER TABLE "providers" ADD COLUMN "changed_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "providers" ADD COLUMN "changed_by_name" text;--> statement-breakpoint
-- by hand
-- Whoever changes a provider says which state of it they have seen.
grant select (changed_at, changed_by_name), update (changed_at, changed_by_name) on providers to ingot_app;
