import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import {
  deliveryChannels,
  deliveryStates,
  personalChannels,
  webhookForms,
} from "#lib/domain/notification/delivery";
import {
  audiences,
  type NotificationFact,
  type NotificationKind,
  notificationKinds,
} from "#lib/domain/notification/notification";

/**
 * What somebody is to be told: written in the transaction in which it became so, and handed on by the
 * worker. Its words are made when it is read.
 */
export const notifications = pgTable(
  "notifications",
  {
    id: id("notification", "id").primaryKey(),
    kind: text("kind", { enum: notificationKinds }).notNull(),
    audience: text("audience", { enum: audiences }).notNull(),
    /** Whose it is; null for the fleet's. What operators are told of a tenant names the tenant, too. */
    tenantId: id("tenant", "tenant_id").references(() => tenants.id),
    projectId: id("project", "project_id"),
    /** For a person alone. */
    userId: id("user", "user_id").references(() => users.id, { onDelete: "cascade" }),
    data: jsonb("data").$type<NotificationFact["data"]>().notNull(),
    /** The same key is the same fact, and told once; null where the transaction itself is once. */
    dedupeKey: text("dedupe_key"),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** When it was handed to bells, webhooks and mail; null until then. */
    fannedOutAt: instant("fanned_out_at"),
  },
  (t) => [
    uniqueIndex("notifications_once").on(t.dedupeKey),
    index("notifications_due").on(t.id).where(sql`${t.fannedOutAt} is null`),
    index("notifications_by_age").on(t.createdAt),
    foreignKey({
      name: "notifications_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }),
    check("notifications_person", sql`(${t.audience} = 'person') = (${t.userId} is not null)`),
  ],
);

/** One person's bell: what was put there, and when they read it. */
export const bellEntries = pgTable(
  "bell_entries",
  {
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    notificationId: id("notification", "notification_id")
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    readAt: instant("read_at"),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.notificationId] }),
    index("bell_entries_unread").on(t.userId).where(sql`${t.readAt} is null`),
    index("bell_entries_by_notification").on(t.notificationId),
  ],
);

/** What a person wants to be told by, where that is not the bell. */
export const notificationPreferences = pgTable(
  "notification_preferences",
  {
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    kind: text("kind", { enum: notificationKinds }).notNull(),
    channel: text("channel", { enum: personalChannels }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.kind] })],
);

/** When a person wants mail, where that is not at any hour. Minutes since midnight in their zone. */
export const mailTimes = pgTable(
  "mail_times",
  {
    userId: id("user", "user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    timeZone: text("time_zone").notNull(),
    /** Both or none. */
    quietFrom: integer("quiet_from"),
    quietUntil: integer("quiet_until"),
    digestAt: integer("digest_at").notNull(),
  },
  (t) => [
    check(
      "mail_times_quiet",
      sql`(${t.quietFrom} is null) = (${t.quietUntil} is null) and ${t.quietFrom} <> ${t.quietUntil}`,
    ),
    check(
      "mail_times_of_day",
      sql`${t.quietFrom} between 0 and 1439 and ${t.quietUntil} between 0 and 1439 and ${t.digestAt} between 0 and 1439`,
    ),
  ],
);

/**
 * An HTTPS endpoint of a tenant's, or of the platform team's, that is told of some kinds. The secret
 * that signs, and the path, which may itself be a secret, are sealed for the worker.
 */
export const webhooks = pgTable(
  "webhooks",
  {
    id: id("webhook", "id").primaryKey(),
    /** Null for the fleet's. */
    tenantId: id("tenant", "tenant_id").references(() => tenants.id),
    name: text("name").notNull(),
    form: text("form", { enum: webhookForms }).notNull(),
    /** `host:port`. */
    address: text("address").notNull(),
    sealedPath: text("sealed_path").notNull(),
    /** Its own certificate or the authority's that issued it; null: any that this machine trusts. */
    certificatePem: text("certificate_pem"),
    sealedSecret: text("sealed_secret").notNull(),
    kinds: text("kinds").array().$type<NotificationKind[]>().notNull(),
    /** From then on its messages wait. */
    pausedAt: instant("paused_at"),
    removedAt: instant("removed_at"),
    createdByName: text("created_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("webhooks_name")
      .on(sql`coalesce(${t.tenantId}, '')`, t.name)
      .where(sql`${t.removedAt} is null`),
    // The target of a composite foreign key: a delivery can only be of a webhook of its own tenant.
    unique("webhooks_of_tenant").on(t.tenantId, t.id),
  ],
);

/**
 * One message to one receiver, kept with what it answered. It is sent until it is taken or a day has
 * passed, under leases and fences as operations are: whoever dies leaves it to the next, which sends
 * it once more under the same id.
 */
export const deliveries = pgTable(
  "deliveries",
  {
    id: id("delivery", "id").primaryKey(),
    notificationId: id("notification", "notification_id")
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    channel: text("channel", { enum: deliveryChannels }).notNull(),
    /** The webhook's; null for the fleet's and for mail. */
    tenantId: id("tenant", "tenant_id"),
    webhookId: id("webhook", "webhook_id").references(() => webhooks.id),
    userId: id("user", "user_id").references(() => users.id, { onDelete: "cascade" }),
    /** Of the daily digest that it is part of: when that was to come. Null for a mail of its own. */
    digestAt: instant("digest_at"),
    state: text("state", { enum: deliveryStates }).notNull().default("waiting"),
    attempt: integer("attempt").notNull().default(0),
    /** What the receiver answered last, where it did, and in words what came of the last try. */
    lastStatus: integer("last_status"),
    lastWords: text("last_words").notNull().default(""),
    lastAt: instant("last_at"),
    tookMs: integer("took_ms"),

    // As of operations: raised by every claim, named by every commit.
    fence: bigint("fence", { mode: "number" }).notNull().default(0),
    leaseUntil: instant("lease_until"),
    runAfter: instant("run_after").notNull().defaultNow(),
    giveUpAt: instant("give_up_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    uniqueIndex("deliveries_once_per_webhook").on(t.notificationId, t.webhookId),
    uniqueIndex("deliveries_once_per_person").on(t.notificationId, t.userId),
    index("deliveries_by_webhook").on(t.webhookId, t.id),
    index("deliveries_of_digest").on(t.userId, t.digestAt).where(sql`${t.digestAt} is not null`),
    index("deliveries_due").on(t.runAfter).where(sql`${t.state} = 'waiting'`),
    foreignKey({
      name: "deliveries_webhook",
      columns: [t.tenantId, t.webhookId],
      foreignColumns: [webhooks.tenantId, webhooks.id],
    }),
    check(
      "deliveries_have_a_receiver",
      sql`case ${t.channel} when 'webhook' then ${t.webhookId} is not null and ${t.userId} is null else ${t.userId} is not null and ${t.webhookId} is null end`,
    ),
  ],
);
