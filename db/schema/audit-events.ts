import { type SQLWrapper, sql } from "drizzle-orm";
import { bigint, customType, index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import type { ActorId } from "#lib/domain/id";

/** Who did what, or was refused it. Written in the transaction of the act; never changed. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: id("auditEvent", "id").primaryKey(),
    at: instant("at").notNull().defaultNow(),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    actorId: text("actor_id").$type<ActorId>(),
    actorName: text("actor_name").notNull(),
    /** `environment.launch`, `node.quarantine`, `session.sign_in` … */
    action: text("action").notNull(),
    outcome: text("outcome", { enum: ["done", "denied"] }).notNull(),
    objectKind: text("object_kind"),
    objectId: text("object_id"),
    objectName: text("object_name"),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    requestId: text("request_id"),
    ipAddress: text("ip_address"),
    /** The API token that was used, if one was. */
    tokenId: id("apiToken", "token_id"),
    tokenName: text("token_name"),
    /** Of a person in a browser: the session's row, which is no secret. Null of events from before. */
    sessionId: id("session", "session_id"),
  },
  (t) => [
    index("audit_events_by_tenant").on(t.tenantId, t.at, t.id),
    index("audit_events_by_time").on(t.at, t.id),
    // One for each thing that the log is narrowed to, newest first: by a whole name of one chain, since
    // row-level security lets no index look for a part of one. Which names there are, `audit_names` has.
    index("audit_events_by_action").on(chainOf(t), t.action, t.at, t.id),
    index("audit_events_by_actor").on(chainOf(t), t.actorName, t.at, t.id),
    index("audit_events_by_object_name")
      .on(chainOf(t), t.objectName, t.at, t.id)
      .where(sql`${t.objectName} is not null`),
    index("audit_events_by_object")
      .on(t.objectId, t.at, t.id)
      .where(sql`${t.objectId} is not null`),
    // What was refused is little of it all, and for the fleet soon sorted; what was done is nearly everything.
    index("audit_events_denied").on(t.tenantId, t.at, t.id).where(sql`${t.outcome} = 'denied'`),
  ],
);

/**
 * The chain that an event is in: its tenant's, or the fleet's; null could not be asked for by an index.
 * No `coalesce`, which Postgres does not know to leak nothing, so that row-level security keeps it out
 * of the index.
 */
export function chainOf(t: { tenantId: SQLWrapper }) {
  return sql<string>`(case when ${t.tenantId} is null then 'fleet' else ${t.tenantId} end)`;
}

const bytes = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/**
 * Each audit event's place in the chain of its tenant, or of the fleet: the hash is over the event
 * and the hash before it, so that whoever changes, removes or moves one breaks all that follow.
 * Written by the database itself as the act commits.
 */
export const auditLinks = pgTable(
  "audit_links",
  {
    /** A tenant's id, or `fleet`. */
    chain: text("chain").notNull(),
    /** From 1, without a gap. */
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    eventId: id("auditEvent", "event_id").notNull().unique(),
    hash: bytes("hash").notNull(),
  },
  (t) => [primaryKey({ columns: [t.chain, t.sequence] })],
);

/** What names of events are names of. */
export const auditNameKinds = ["action", "actor", "object"] as const;

/**
 * Each name that events of a chain have, once: a part of a name is looked for here, where there are
 * few, and then the events of the whole names in their index. Written by the database itself, with
 * the link.
 */
export const auditNames = pgTable(
  "audit_names",
  {
    chain: text("chain").notNull(),
    kind: text("kind", { enum: auditNameKinds }).notNull(),
    name: text("name").notNull(),
  },
  (t) => [primaryKey({ columns: [t.chain, t.kind, t.name] })],
);

/** The end of each chain: its row is the lock under which the next event is linked. */
export const auditChains = pgTable("audit_chains", {
  chain: text("chain").primaryKey(),
  length: bigint("length", { mode: "number" }).notNull(),
  hash: bytes("hash").notNull(),
});

/**
 * Ends of chains as the worker has signed them: what the database cannot make, whoever owns it. The
 * key lies with the other secrets, outside of it.
 */
export const auditSeals = pgTable(
  "audit_seals",
  {
    chain: text("chain").notNull(),
    /** How many events the chain had, and the hash of the last of them. */
    length: bigint("length", { mode: "number" }).notNull(),
    hash: bytes("hash").notNull(),
    at: instant("at").notNull(),
    keyId: text("key_id").notNull(),
    /** Ed25519, in base64url. */
    signature: text("signature").notNull(),
  },
  (t) => [primaryKey({ columns: [t.chain, t.length] })],
);
