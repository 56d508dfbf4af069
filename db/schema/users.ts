import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { operatorRoles } from "#lib/domain/access/role";
import { shownFactors, waysIn } from "#lib/domain/access/way-in";

export const users = pgTable(
  "users",
  {
    id: id("user", "id").primaryKey(),
    // Stored in lower case; the check below holds everyone to it.
    email: text("email").notNull(),
    name: text("name").notNull(),
    /** Null for someone who signs in with a provider alone. */
    passwordHash: text("password_hash"),
    /** Someone else made the password: its owner replaces it before doing anything else. */
    mustChangePassword: boolean("must_change_password").notNull().default(false),
    operatorRole: text("operator_role", { enum: operatorRoles }),
    /** The group whose role that is; null when an operator gave it. */
    operatorGroup: text("operator_group"),
    /** Of that group. No key, since providers know users: removing one clears both. */
    operatorProviderId: id("identityProvider", "operator_provider_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
    disabledAt: instant("disabled_at"),
  },
  (t) => [
    uniqueIndex("users_email").on(t.email),
    check("users_email_is_lower_case", sql`${t.email} = lower(${t.email})`),
  ],
);

/** One row per sign-in: deleting or revoking it ends that sign-in at the next request. */
export const sessions = pgTable(
  "sessions",
  {
    id: id("session", "id").primaryKey(),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
    /**
     * When its person last showed that it is they, by the database's clock. Null while nobody knows: a
     * provider that let them in without saying when they last signed in there.
     */
    provedAt: instant("proved_at").defaultNow(),
    /** What it was opened with first; null in sessions from before this was kept. */
    wayIn: text("way_in", { enum: waysIn }),
    /** The provider, where it was one. */
    providerId: id("identityProvider", "provider_id"),
    /** The second factor that was shown after it, where one was asked for. */
    shownFactor: text("shown_factor", { enum: shownFactors }),
    userAgent: text("user_agent"),
    ipAddress: text("ip_address"),
  },
  (t) => [index("sessions_by_user").on(t.userId)],
);
