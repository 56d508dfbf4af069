CREATE TABLE "operator_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" text NOT NULL,
	"invited_by_name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone,
	"accepted_by" text,
	"withdrawn_at" timestamp with time zone,
	CONSTRAINT "operator_invitations_end_once" CHECK ("operator_invitations"."accepted_at" is null or "operator_invitations"."withdrawn_at" is null)
);
--> statement-breakpoint
CREATE UNIQUE INDEX "operator_invitations_token" ON "operator_invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "operator_invitations_one_open_per_address" ON "operator_invitations" USING btree ("email") WHERE "operator_invitations"."accepted_at" is null and "operator_invitations"."withdrawn_at" is null;--> statement-breakpoint
-- by hand: operators see them and their admins write them; whoever has a link is let through by the portal,
-- which looks for its hash.
select isolate('operator_invitations', null, null);
--> statement-breakpoint
grant select, insert, update on operator_invitations to ingot_app;
