CREATE TABLE "profile_versions" (
	"profile_id" text NOT NULL,
	"version" integer NOT NULL,
	"display_name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"default_image_id" text NOT NULL,
	"longest_lease_hours" integer,
	"price_cents" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone,
	CONSTRAINT "profile_versions_profile_id_version_pk" PRIMARY KEY("profile_id","version"),
	CONSTRAINT "profile_versions_lease" CHECK ("profile_versions"."longest_lease_hours" between 1 and 8760),
	CONSTRAINT "profile_versions_price" CHECK ("profile_versions"."price_cents" between 0 and 100000000)
);
--> statement-breakpoint
ALTER TABLE "profiles" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;
--> statement-breakpoint
ALTER TABLE "allocations" ADD COLUMN "profile_version" integer DEFAULT 1 NOT NULL;
--> statement-breakpoint
ALTER TABLE "profile_versions" ADD CONSTRAINT "profile_versions_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "profile_versions" ADD CONSTRAINT "profile_versions_default_image_id_images_id_fk" FOREIGN KEY ("default_image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE TABLE "price_currency" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"code" text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "profile_versions_one_draft" ON "profile_versions" USING btree ("profile_id") WHERE "profile_versions"."published_at" is null;
--> statement-breakpoint
-- by hand: what was offered so far is version 1, published unless the profile is still a draft. The
-- tables' owner sees the rows of a table only while it is not forced to obey its policies.
alter table profiles no force row level security;
--> statement-breakpoint
insert into profile_versions (profile_id, version, display_name, description, default_image_id,
    longest_lease_hours, created_at, published_at)
  select id, 1, display_name, description, default_image_id, longest_lease_hours, created_at,
    case when state = 'draft' then null else created_at end
  from profiles;
--> statement-breakpoint
alter table profiles force row level security;
--> statement-breakpoint
ALTER TABLE "allocations" ADD CONSTRAINT "allocations_profile_version" FOREIGN KEY ("profile_id","profile_version") REFERENCES "public"."profile_versions"("profile_id","version") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- by hand: a profile and the version it offers are written together.
alter table profiles add constraint profiles_version_offered foreign key (id, version)
  references profile_versions (profile_id, version) deferrable initially deferred;
--> statement-breakpoint
-- by hand: a tenant sees the terms of the profiles it sees, and no draft.
select isolate('profile_versions', 'published_at is not null and exists (select from profiles p where p.id = profile_versions.profile_id)', null);
--> statement-breakpoint
grant select, insert, update on profile_versions to ingot_app;
--> statement-breakpoint
grant select on profile_versions to ingot_worker;
--> statement-breakpoint
-- by hand: images are seen by the terms that name them.
drop policy app_reads on images;
--> statement-breakpoint
drop policy app_updates on images;
--> statement-breakpoint
create policy app_reads on images for select to ingot_app using ((select app_fleet())
  or exists (select from image_shares s where s.image_id = images.id and s.tenant_id = (select app_tenant()))
  or exists (select from environments e where e.image_id = images.id and e.tenant_id = (select app_tenant()))
  or exists (select from profile_versions v where v.default_image_id = images.id));
--> statement-breakpoint
create policy app_updates on images for update to ingot_app using ((select app_fleet_write())
  or exists (select from image_shares s where s.image_id = images.id and s.tenant_id = (select app_tenant()))
  or exists (select from environments e where e.image_id = images.id and e.tenant_id = (select app_tenant()))
  or exists (select from profile_versions v where v.default_image_id = images.id))
  with check ((select app_fleet_write()));
--> statement-breakpoint
-- by hand: a draft may be taken away, what was published may not.
drop policy app_deletes on profile_versions;
--> statement-breakpoint
create policy app_deletes on profile_versions for delete to ingot_app
  using ((select app_fleet_write()) and published_at is null);
--> statement-breakpoint
grant delete on profile_versions to ingot_app;
--> statement-breakpoint
-- by hand: one currency for all prices, told to everyone.
alter table price_currency add constraint price_currency_once check ("only");
--> statement-breakpoint
insert into price_currency (code) values ('USD');
--> statement-breakpoint
alter table price_currency enable row level security;
--> statement-breakpoint
alter table price_currency force row level security;
--> statement-breakpoint
create policy app_reads on price_currency for select to ingot_app using (true);
--> statement-breakpoint
create policy app_updates on price_currency for update to ingot_app
  using ((select app_fleet_write())) with check ((select app_fleet_write()));
--> statement-breakpoint
create policy worker_all on price_currency for all to ingot_worker using (true) with check (true);
--> statement-breakpoint
grant select, update on price_currency to ingot_app;
--> statement-breakpoint
grant select on price_currency to ingot_worker;
--> statement-breakpoint
-- by hand: terms that were published are what somebody pays by.
create function refuse_change_of_terms() returns trigger language plpgsql as $$
begin
  raise exception 'published terms of a profile are never changed';
end $$;
--> statement-breakpoint
create trigger profile_versions_stay before update on profile_versions
  for each row when (old.published_at is not null) execute function refuse_change_of_terms();
--> statement-breakpoint
ALTER TABLE "profiles" DROP CONSTRAINT "profiles_lease";
--> statement-breakpoint
ALTER TABLE "profiles" DROP CONSTRAINT "profiles_default_image_id_images_id_fk";
--> statement-breakpoint
ALTER TABLE "profiles" DROP COLUMN "display_name";
--> statement-breakpoint
ALTER TABLE "profiles" DROP COLUMN "description";
--> statement-breakpoint
ALTER TABLE "profiles" DROP COLUMN "default_image_id";
--> statement-breakpoint
ALTER TABLE "profiles" DROP COLUMN "longest_lease_hours";
