import { index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";

/** Who did what, or was refused it. Written in the transaction of the act; never changed. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: id("auditEvent", "id").primaryKey(),
    at: instant("at").notNull().defaultNow(),
    tenantId: id("tenant", "tenant_id"),
    projectId: id("project", "project_id"),
    actorId: id("user", "actor_id"),
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
  },
  (t) => [
    index("audit_events_by_tenant").on(t.tenantId, t.at.desc(), t.id.desc()),
    index("audit_events_by_time").on(t.at.desc(), t.id.desc()),
  ],
);
