import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { openRotationStates, rotationStates } from "#lib/domain/node/rotation";

/**
 * Changes of a controller's password. The new one is kept here, sealed, from before it is sent until
 * it is known which of the two the controller takes, so that no death of a worker loses it.
 */
export const passwordRotations = pgTable(
  "password_rotations",
  {
    id: id("passwordRotation", "id").primaryKey(),
    nodeId: id("node", "node_id")
      .notNull()
      .references(() => nodes.id, { onDelete: "cascade" }),
    operationId: id("operation", "operation_id")
      .notNull()
      .references(() => operations.id),
    state: text("state", { enum: rotationStates }).notNull().default("prepared"),
    /** The sign-in with the new password, for the worker's key alone; null once it is settled. */
    sealed: text("sealed"),
    /** Sign-ins that were made to find out which password works and are not known to be accepted. */
    tries: integer("tries").notNull().default(0),
    newRefused: boolean("new_refused").notNull().default(false),
    startedAt: instant("started_at").notNull().defaultNow(),
    endedAt: instant("ended_at"),
    reason: text("reason"),
  },
  (t) => [
    uniqueIndex("password_rotations_one_open_per_node")
      .on(t.nodeId)
      .where(
        sql`${t.state} in (${sql.raw(openRotationStates.map((state) => `'${state}'`).join(","))})`,
      ),
    index("password_rotations_by_node").on(t.nodeId, t.startedAt),
    index("password_rotations_by_operation").on(t.operationId),
  ],
);
