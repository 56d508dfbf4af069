CREATE TABLE "api_answers" (
	"key" uuid PRIMARY KEY NOT NULL,
	"caller_id" text NOT NULL,
	"body_hash" text NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"status" integer,
	"answer" jsonb
);
--> statement-breakpoint
-- by hand
do $$
begin
  alter table api_answers enable row level security;
  alter table api_answers force row level security;
  -- An answer is the caller's alone; not even an operator has it told again.
  create policy app_own on api_answers for all to ingot_app
    using (caller_id = (select app_user())) with check (caller_id = (select app_user()));
  create policy worker_all on api_answers for all to ingot_worker using (true) with check (true);
end $$;
--> statement-breakpoint
grant select, insert, update, delete on api_answers to ingot_app;
--> statement-breakpoint
grant select, delete on api_answers to ingot_worker;
