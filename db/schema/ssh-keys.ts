import { pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "#db/schema/columns";
import { users } from "#db/schema/users";

/** A person's public keys; the chosen ones are copied into an environment at launch. */
export const sshKeys = pgTable(
  "ssh_keys",
  {
    id: id("sshKey", "id").primaryKey(),
    userId: id("user", "user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** `type base64 [comment]`, normalised. */
    publicKey: text("public_key").notNull(),
    /** `SHA256:…` as ssh-keygen prints it. */
    fingerprint: text("fingerprint").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("ssh_keys_fingerprint_per_user").on(t.userId, t.fingerprint)],
);
