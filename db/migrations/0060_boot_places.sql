CREATE TABLE "boot_requests" (
	"site_id" text NOT NULL,
	"mac" text NOT NULL,
	"address" text NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"first_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "boot_requests_site_id_mac_pk" PRIMARY KEY("site_id","mac")
);
--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "places" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_windows" ADD COLUMN "wrong_places" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "boot_requests" ADD CONSTRAINT "boot_requests_site_id_site_provisioning_site_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."site_provisioning"("site_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dhcp_leases_by_address" ON "dhcp_leases" USING btree ("site_id","address");--> statement-breakpoint
-- by hand
-- Who asks and is given nothing is the operators' to see and the boot server's to write down.
do $$
begin
  perform isolate('boot_requests', null, null);
end $$;
--> statement-breakpoint
grant select on boot_requests to ingot_app;
--> statement-breakpoint
grant select, insert, update, delete on boot_requests to ingot_worker;
--> statement-breakpoint
grant select (places, wrong_places) on boot_windows to ingot_app;
