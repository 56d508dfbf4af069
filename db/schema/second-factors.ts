import {
  bigint,
  boolean,
  index,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { users } from "#db/schema/users";
import { challengePurposes } from "#lib/domain/access/second-factor";

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
  /** Of the app that is to take the place of one in use; null while none is. */
  sealedNext: text("sealed_next"),
  /** The time step of the last code that was taken: no code is taken twice, and none before it. */
  lastStep: bigint("last_step", { mode: "number" }).notNull().default(0),
  lastUsedAt: instant("last_used_at"),
});

/** A person's passkeys (WebAuthn): any number, each good as second factor and for signing in alone. */
export const passkeys = pgTable(
  "passkeys",
  {
    id: id("passkey", "id").primaryKey(),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** As its person calls it. */
    name: text("name").notNull(),
    /** What the authenticator calls it; base64url, as is its public key (COSE). */
    credentialId: text("credential_id").notNull(),
    publicKey: text("public_key").notNull(),
    /** How often it has signed; many do not count, and say 0 for ever. */
    counter: bigint("counter", { mode: "number" }).notNull(),
    /** How a browser reaches it: "internal", "usb", … */
    transports: text("transports").array().notNull().default([]),
    /** Its keeper copies it to its person's other devices. */
    isSynced: boolean("is_synced").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastUsedAt: instant("last_used_at"),
    /** When its counter ran backwards, as that of a copy does: from then on it opens nothing. */
    distrustedAt: instant("distrusted_at"),
  },
  (t) => [
    uniqueIndex("passkeys_credential").on(t.credentialId),
    index("passkeys_by_user").on(t.userId),
  ],
);

/** What a passkey is asked to sign: one at a time for each purpose of a session or sign-in, for one use. */
export const passkeyChallenges = pgTable(
  "passkey_challenges",
  {
    /** The session's id, the hash of the token of a sign-in that waits, or that of a browser's own. */
    boundTo: text("bound_to").notNull(),
    purpose: text("purpose", { enum: challengePurposes }).notNull(),
    /** Null where nobody has said yet who they are. */
    userId: id("user", "user_id").references(() => users.id, { onDelete: "cascade" }),
    challenge: text("challenge").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.boundTo, t.purpose] }),
    index("passkey_challenges_by_user").on(t.userId),
  ],
);

/** What stands in for the other factors once they are lost: ten at a time, each for one use; hashes alone. */
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
