CREATE TABLE "health_silences" (
	"id" text PRIMARY KEY NOT NULL,
	"site_id" text,
	"rack_id" text,
	"node_id" text,
	"gpu" smallint,
	"code" text,
	"reason" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"silenced_by" text NOT NULL,
	"silenced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" text,
	CONSTRAINT "health_silences_place" CHECK (num_nonnulls("health_silences"."site_id", "health_silences"."rack_id", "health_silences"."node_id") <= 1),
	CONSTRAINT "health_silences_gpu" CHECK ("health_silences"."gpu" is null or "health_silences"."node_id" is not null),
	CONSTRAINT "health_silences_ended_by" CHECK (("health_silences"."ended_at" is null) = ("health_silences"."ended_by" is null))
);
--> statement-breakpoint
ALTER TABLE "health_silences" ADD CONSTRAINT "health_silences_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_silences" ADD CONSTRAINT "health_silences_rack_id_racks_id_fk" FOREIGN KEY ("rack_id") REFERENCES "public"."racks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "health_silences" ADD CONSTRAINT "health_silences_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "health_silences_not_ended" ON "health_silences" USING btree ("until") WHERE "health_silences"."ended_at" is null;--> statement-breakpoint
-- by hand: the operators', and theirs alone; the worker asks before it tells, and removes what is long over.
select isolate('health_silences', null, null);
--> statement-breakpoint
grant select, insert, update on health_silences to ingot_app;
--> statement-breakpoint
grant select, insert, delete on health_silences to ingot_worker;
--> statement-breakpoint
-- A reason that is silenced stays so: by the rule, on its GPU.
set local role ingot_worker;
--> statement-breakpoint
insert into health_silences (id, node_id, gpu, code, reason, until, silenced_by)
  select 'hls_' || right(r.id, 26), r.node_id, r.gpu, r.code, coalesce(h.silence_reason, ''),
    h.silenced_until, coalesce(h.silenced_by, '')
  from health_handlings h join health_reasons r on r.id = h.reason_id
  where h.silenced_until > now() and r.closed_at is null;
--> statement-breakpoint
reset role;
--> statement-breakpoint
-- by hand: what follows was generated.
ALTER TABLE "health_handlings" DROP COLUMN "silenced_until";--> statement-breakpoint
ALTER TABLE "health_handlings" DROP COLUMN "silenced_by";--> statement-breakpoint
ALTER TABLE "health_handlings" DROP COLUMN "silence_reason";