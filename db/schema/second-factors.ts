import { bigint, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { users } from "#db/schema/users";

/** A person's authenticator app (RFC 6238): one at most, and it counts once a code has confirmed it. */
export const totpFactors = pgTable("totp_factors", {
  userId: id("user", "user_id")
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  /** Sealed under the portal's own key. */
  sealedSecret: text("sealed_secret").notNull(),
  createdAt: instant("created_at").notNull().defaultNow(),
  /** Null while it is being set up. */
  confirmedAt: instant("confirmed_at"),
  /** The time step of the last code that was taken: no code is taken twice, and none before it. */
  lastStep: bigint("last_step", { mode: "number" }).notNull().default(0),
  lastUsedAt: instant("last_used_at"),
});

/** What stands in for the app once it is lost: ten at a time, each for one use; hashes alone. */
export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    codeHash: text("code_hash").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    usedAt: instant("used_at"),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeHash] })],
);

/** A sign-in that waits for the second factor. It opens nothing; only the hash of its token is kept. */
export const pendingSignIns = pgTable(
  "pending_sign_ins",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The provider that vouched for them; null for a password. */
    providerId: id("identityProvider", "provider_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [index("pending_sign_ins_by_user").on(t.userId)],
);
