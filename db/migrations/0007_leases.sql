ALTER TABLE "profiles" ADD COLUMN "longest_lease_hours" integer;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "ends_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "environments_by_end" ON "environments" USING btree ("ends_at") WHERE "environments"."ends_at" is not null and "environments"."released_at" is null;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_lease" CHECK ("profiles"."longest_lease_hours" between 1 and 8760);