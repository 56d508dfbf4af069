ALTER TABLE "sessions" ADD COLUMN "way_in" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "shown_factor" text;--> statement-breakpoint
-- by hand
-- Of the sessions there are, those of a provider are known.
update sessions set way_in = 'provider' where provider_id is not null;
