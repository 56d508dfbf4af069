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
  ],
);

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
