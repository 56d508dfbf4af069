import { sql } from "drizzle-orm";
import { check, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { operatorRoles } from "#lib/domain/access/role";
import type { ActorId } from "#lib/domain/id";

/** A link that makes whoever holds it, and owns its address, an operator. */
export const operatorInvitations = pgTable(
  "operator_invitations",
  {
    id: id("invitation", "id").primaryKey(),
    /** In lower case. */
    email: text("email").notNull(),
    role: text("role", { enum: operatorRoles }).notNull(),
    /** Of the link that holds; one that was sent before it is void. */
    tokenHash: text("token_hash").notNull(),
    invitedBy: text("invited_by").$type<ActorId>().notNull(),
    invitedByName: text("invited_by_name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    acceptedAt: instant("accepted_at"),
    acceptedBy: id("user", "accepted_by"),
    withdrawnAt: instant("withdrawn_at"),
  },
  (t) => [
    uniqueIndex("operator_invitations_token").on(t.tokenHash),
    uniqueIndex("operator_invitations_one_open_per_address")
      .on(t.email)
      .where(sql`${t.acceptedAt} is null and ${t.withdrawnAt} is null`),
    check(
      "operator_invitations_end_once",
      sql`${t.acceptedAt} is null or ${t.withdrawnAt} is null`,
    ),
  ],
);
