ALTER TABLE "template_versions" ADD COLUMN "description" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "readme" text DEFAULT '' NOT NULL;--> statement-breakpoint
-- by hand: each version says what was said of its template. As the worker, since the tables' owner sees
-- none of their rows.
set local role ingot_worker;
--> statement-breakpoint
update template_versions v set description = t.description, readme = t.readme
  from templates t where t.id = v.template_id;
--> statement-breakpoint
reset role;
