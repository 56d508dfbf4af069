import { integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";

export const sites = pgTable(
  "sites",
  {
    id: id("site", "id").primaryKey(),
    name: text("name").notNull(),
    /** The address this site's nodes reach our boot server at, when it is not the general one. */
    bootOrigin: text("boot_origin"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("sites_name").on(t.name)],
);

export const racks = pgTable(
  "racks",
  {
    id: id("rack", "id").primaryKey(),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    name: text("name").notNull(),
    units: integer("units").notNull().default(42),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("racks_name_per_site").on(t.siteId, t.name)],
);
