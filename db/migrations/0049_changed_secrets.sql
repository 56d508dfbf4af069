ALTER TABLE "environment_secrets" ADD COLUMN "id" bigserial NOT NULL;--> statement-breakpoint
ALTER TABLE "environment_secrets" ADD COLUMN "given_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "environment_secrets" DROP CONSTRAINT "environment_secrets_environment_id_name_pk";--> statement-breakpoint
ALTER TABLE "environment_secrets" ADD CONSTRAINT "environment_secrets_environment_id_name_id_pk" PRIMARY KEY("environment_id","name","id");--> statement-breakpoint
-- by hand: the portal gives values in their order, and who seals again knows a row by its number.
grant usage on sequence environment_secrets_id_seq to ingot_app;
--> statement-breakpoint
grant select (id) on environment_secrets to ingot_keeper;
