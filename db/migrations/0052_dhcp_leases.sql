CREATE TABLE "dhcp_leases" (
	"site_id" text NOT NULL,
	"mac" text NOT NULL,
	"address" text NOT NULL,
	"first_heard_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heard_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"asked_at" timestamp with time zone,
	"vendor_class" text,
	"is_ipxe" boolean DEFAULT false NOT NULL,
	"boot_given_at" timestamp with time zone,
	CONSTRAINT "dhcp_leases_site_id_mac_pk" PRIMARY KEY("site_id","mac")
);
--> statement-breakpoint
CREATE TABLE "lease_reporters" (
	"site_id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heard_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "dhcp_leases" ADD CONSTRAINT "dhcp_leases_site_id_lease_reporters_site_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."lease_reporters"("site_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lease_reporters" ADD CONSTRAINT "lease_reporters_site_id_site_provisioning_site_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."site_provisioning"("site_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "lease_reporters_token" ON "lease_reporters" USING btree ("token_hash");--> statement-breakpoint
-- by hand
-- What a site's DHCP server hands out is the operators' to see and the boot server's to write down.
do $$
begin
  perform isolate('lease_reporters', null, null);
  perform isolate('dhcp_leases', null, null);
end $$;
--> statement-breakpoint
-- The hash of a secret may be replaced by the portal, never read back.
grant select (site_id, made_at, heard_at), insert, update (token_hash, made_at) on lease_reporters to ingot_app;
--> statement-breakpoint
grant select on dhcp_leases to ingot_app;
--> statement-breakpoint
grant select, update (heard_at) on lease_reporters to ingot_worker;
--> statement-breakpoint
grant select, insert, update, delete on dhcp_leases to ingot_worker;
--> statement-breakpoint
grant select (site_id, subnet) on site_provisioning to ingot_worker;
