DROP INDEX "environments_by_project";--> statement-breakpoint
DROP INDEX "audit_events_by_tenant";--> statement-breakpoint
DROP INDEX "audit_events_by_time";--> statement-breakpoint
DROP INDEX "dry_runs_by_version";--> statement-breakpoint
DROP INDEX "dry_runs_by_replayed";--> statement-breakpoint
DROP INDEX "health_reasons_by_node";--> statement-breakpoint
DROP INDEX "health_reasons_by_environment";--> statement-breakpoint
DROP INDEX "hook_runs_by_environment";--> statement-breakpoint
DROP INDEX "hook_runs_by_tenant";--> statement-breakpoint
DROP INDEX "provider_calls_by_provider";--> statement-breakpoint
DROP INDEX "burn_ins_by_node";--> statement-breakpoint
DROP INDEX "inspections_by_node";--> statement-breakpoint
DROP INDEX "node_changes_by_node";--> statement-breakpoint
DROP INDEX "deliveries_by_webhook";--> statement-breakpoint
DROP INDEX "operations_by_environment";--> statement-breakpoint
DROP INDEX "operations_by_node";--> statement-breakpoint
DROP INDEX "password_rotations_by_node";--> statement-breakpoint
DROP INDEX "sanitizations_by_node";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "way_in" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "shown_factor" text;--> statement-breakpoint
CREATE INDEX "audit_events_by_tenant" ON "audit_events" USING btree ("tenant_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_time" ON "audit_events" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "dry_runs_by_version" ON "dry_runs" USING btree ("template_version_id","id");--> statement-breakpoint
CREATE INDEX "dry_runs_by_replayed" ON "dry_runs" USING btree ("replay_of","id");--> statement-breakpoint
CREATE INDEX "health_reasons_by_node" ON "health_reasons" USING btree ("node_id","last_seen_at");--> statement-breakpoint
CREATE INDEX "health_reasons_by_environment" ON "health_reasons" USING btree ("tenant_id","environment_id","last_seen_at");--> statement-breakpoint
CREATE INDEX "hook_runs_by_environment" ON "hook_runs" USING btree ("environment_id","created_at");--> statement-breakpoint
CREATE INDEX "hook_runs_by_tenant" ON "hook_runs" USING btree ("tenant_id","created_at");--> statement-breakpoint
CREATE INDEX "provider_calls_by_provider" ON "provider_calls" USING btree ("provider_id","id");--> statement-breakpoint
CREATE INDEX "burn_ins_by_node" ON "burn_ins" USING btree ("node_id","id");--> statement-breakpoint
CREATE INDEX "inspections_by_node" ON "inspections" USING btree ("node_id","judged_at");--> statement-breakpoint
CREATE INDEX "node_changes_by_node" ON "node_changes" USING btree ("node_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_by_webhook" ON "deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "operations_by_environment" ON "operations" USING btree ("environment_id","created_at");--> statement-breakpoint
CREATE INDEX "operations_by_node" ON "operations" USING btree ("node_id","created_at");--> statement-breakpoint
CREATE INDEX "password_rotations_by_node" ON "password_rotations" USING btree ("node_id","started_at");--> statement-breakpoint
CREATE INDEX "sanitizations_by_node" ON "sanitizations" USING btree ("node_id","judged_at");--> statement-breakpoint
-- by hand
-- Of the sessions there are, those of a provider are known.
update sessions set way_in = 'provider' where provider_id is not null;
