CREATE INDEX "operations_launching" ON "operations" USING btree ("id") WHERE "operations"."kind" = 'environment.launch' and "operations"."state" = 'running';--> statement-breakpoint
-- by hand
-- The worker takes the nodes of a launch whose hooks come first: it holds the tenant's quota as a launch
-- does (a lock of the row, which needs the right to write some column of it), and sees what is shared.
grant select on profile_shares to ingot_worker;
--> statement-breakpoint
grant update (created_at) on tenants to ingot_worker;
