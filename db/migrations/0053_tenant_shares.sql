CREATE TABLE "image_tenant_shares" (
	"image_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	CONSTRAINT "image_tenant_shares_image_id_tenant_id_pk" PRIMARY KEY("image_id","tenant_id")
);
--> statement-breakpoint
CREATE TABLE "profile_tenant_shares" (
	"profile_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	CONSTRAINT "profile_tenant_shares_profile_id_tenant_id_pk" PRIMARY KEY("profile_id","tenant_id")
);
--> statement-breakpoint
CREATE TABLE "template_tenant_shares" (
	"template_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	CONSTRAINT "template_tenant_shares_template_id_tenant_id_pk" PRIMARY KEY("template_id","tenant_id")
);
--> statement-breakpoint
ALTER TABLE "image_tenant_shares" ADD CONSTRAINT "image_tenant_shares_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_tenant_shares" ADD CONSTRAINT "image_tenant_shares_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_tenant_shares" ADD CONSTRAINT "profile_tenant_shares_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profile_tenant_shares" ADD CONSTRAINT "profile_tenant_shares_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_tenant_shares" ADD CONSTRAINT "template_tenant_shares_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_tenant_shares" ADD CONSTRAINT "template_tenant_shares_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "image_tenant_shares_by_tenant" ON "image_tenant_shares" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "profile_tenant_shares_by_tenant" ON "profile_tenant_shares" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "template_tenant_shares_by_tenant" ON "template_tenant_shares" USING btree ("tenant_id");--> statement-breakpoint
-- by hand
-- A tenant reads what it has as a whole, and makes nothing of it but shares of projects of its own: a
-- project that it creates has at once what the tenant has.
do $$
declare
  kind text;
begin
  foreach kind in array array['profile', 'template', 'image'] loop
    perform isolate(format('%s_tenant_shares', kind)::regclass, 'tenant_id = (select app_tenant())', null);
    execute format('grant select, insert, delete on %s_tenant_shares to ingot_app', kind);
    execute format('alter policy app_inserts on %1$s_shares with check ((select app_fleet_write())
      or (tenant_id = (select app_tenant()) and exists (select from %1$s_tenant_shares r
        where r.%1$s_id = %1$s_shares.%1$s_id and r.tenant_id = %1$s_shares.tenant_id)))', kind);
  end loop;
end $$;
