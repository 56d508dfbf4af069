import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { environments } from "#db/schema/environments";
import { sites } from "#db/schema/sites";
import { type PoolFamily, poolKinds } from "#lib/domain/pool/pool";

/** Holds an IPv6 address, as every item is a number. */
const item = (name: string) => numeric(name, { precision: 39, scale: 0, mode: "bigint" });

/** VLANs, prefixes, addresses or P_Keys of a site, that its environments draw from. */
export const pools = pgTable(
  "pools",
  {
    id: id("pool", "id").primaryKey(),
    siteId: id("site", "site_id")
      .notNull()
      .references(() => sites.id),
    name: text("name").notNull(),
    kind: text("kind", { enum: poolKinds }).notNull(),
    family: smallint("family").$type<PoolFamily>().notNull(),
    /** How long each prefix is; null for the other kinds. */
    itemLength: integer("item_length"),
    /** How far one item is from the next. */
    step: item("step").notNull(),
    /** From so many percent on, the pool is shown as filling up. */
    warnPercent: integer("warn_percent").notNull(),
    /** How long an item rests after a release. */
    cooldownMinutes: integer("cooldown_minutes").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    retiredAt: instant("retired_at"),
  },
  (t) => [
    uniqueIndex("pools_name_per_site").on(t.siteId, t.name).where(sql`${t.retiredAt} is null`),
    check("pools_family", sql`(${t.kind} in ('vlan', 'pkey')) = (${t.family} = 0)`),
    check("pools_item_length", sql`(${t.kind} = 'private_prefix') = (${t.itemLength} is not null)`),
    check("pools_warn", sql`${t.warnPercent} between 1 and 100`),
    check("pools_cooldown", sql`${t.cooldownMinutes} between 0 and 43200`),
  ],
);

/**
 * What a live pool holds; a retired one has none. No two overlap within a scope (an exclusion
 * constraint of the migration): a site, or everywhere for public addresses.
 */
export const poolRanges = pgTable(
  "pool_ranges",
  {
    poolId: id("pool", "pool_id")
      .notNull()
      .references(() => pools.id),
    scope: text("scope").notNull(),
    kind: text("kind", { enum: poolKinds }).notNull(),
    family: smallint("family").$type<PoolFamily>().notNull(),
    first: item("first").notNull(),
    last: item("last").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.poolId, t.first] }),
    check("pool_ranges_forward", sql`${t.first} <= ${t.last}`),
  ],
);

/**
 * Items that are, or were, taken: held by an environment, or reserved by an operator. A free item
 * has no row, so a pool of 2^64 addresses costs what is taken of it.
 */
export const poolItems = pgTable(
  "pool_items",
  {
    id: id("poolItem", "id").primaryKey(),
    poolId: id("pool", "pool_id")
      .notNull()
      .references(() => pools.id),
    scope: text("scope").notNull(),
    kind: text("kind", { enum: poolKinds }).notNull(),
    family: smallint("family").$type<PoolFamily>().notNull(),
    itemLength: integer("item_length"),
    value: item("value").notNull(),

    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    environmentId: id("environment", "environment_id"),
    /** Of the node it belongs to; null for what the whole environment shares at a site. */
    allocationId: id("allocation", "allocation_id"),
    /** Why an operator keeps it out. */
    reservedReason: text("reserved_reason"),

    takenAt: instant("taken_at").notNull().defaultNow(),
    /** Given back by its environment; it rests until `coolsUntil`. */
    releasedAt: instant("released_at"),
    coolsUntil: instant("cools_until"),
    /** Free again. Of one that has cooled down it is set when somebody next draws. */
    endedAt: instant("ended_at"),
  },
  (t) => [
    // One holder per item, whatever the code above it does.
    uniqueIndex("pool_items_one_holder")
      .on(t.scope, t.kind, t.family, t.value)
      .where(sql`${t.endedAt} is null`),
    index("pool_items_by_pool").on(t.poolId, t.takenAt),
    index("pool_items_by_environment").on(t.environmentId),
    foreignKey({
      name: "pool_items_environment",
      columns: [t.tenantId, t.projectId, t.environmentId],
      foreignColumns: [environments.tenantId, environments.projectId, environments.id],
    }),
    check(
      "pool_items_held_or_reserved",
      sql`(${t.environmentId} is null) = (${t.reservedReason} is not null)
        and (${t.environmentId} is null) = (${t.tenantId} is null)
        and (${t.environmentId} is null) = (${t.projectId} is null)`,
    ),
    check(
      "pool_items_cool_after_release",
      sql`(${t.releasedAt} is null) = (${t.coolsUntil} is null)`,
    ),
  ],
);
