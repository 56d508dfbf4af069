import { foreignKey, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { projects } from "#db/schema/tenants";
import type { ActorId } from "#lib/domain/id";

/** Public keys of a project; they are copied into its environments at launch. */
export const projectKeys = pgTable(
  "project_keys",
  {
    id: id("projectKey", "id").primaryKey(),
    tenantId: id("tenant", "tenant_id").notNull(),
    projectId: id("project", "project_id").notNull(),
    name: text("name").notNull(),
    /** `type base64 [comment]`, normalised. */
    publicKey: text("public_key").notNull(),
    /** `SHA256:…` as ssh-keygen prints it. */
    fingerprint: text("fingerprint").notNull(),
    addedBy: text("added_by").$type<ActorId>().notNull(),
    addedByName: text("added_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({
      name: "project_keys_project",
      columns: [t.tenantId, t.projectId],
      foreignColumns: [projects.tenantId, projects.id],
    }).onDelete("cascade"),
    uniqueIndex("project_keys_fingerprint").on(t.projectId, t.fingerprint),
  ],
);
