import { eq, isNotNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { users } from "#db/schema/users";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;
export type UserRow = typeof users.$inferSelect;

/** The account with this address; addresses are compared in lower case. */
export async function findUserByEmail(db: Reader, email: string): Promise<UserRow | undefined> {
  const [row] = await db.select().from(users).where(eq(users.email, email.toLowerCase()));
  return row;
}

export async function findUser(db: Reader, id: Id<"user">): Promise<UserRow | undefined> {
  const [row] = await db.select().from(users).where(eq(users.id, id));
  return row;
}

/**
 * An account that nobody changes until the transaction ends: neither its password nor its second
 * factors, whose commands lock it as well. A session is opened, or everything that opens one changed,
 * one after the other.
 */
export async function lockUser(tx: Transaction, id: Id<"user">): Promise<UserRow | undefined> {
  const [row] = await tx.select().from(users).where(eq(users.id, id)).for("no key update");
  return row;
}

export async function hasOperator(db: Reader): Promise<boolean> {
  const [row] = await db
    .select({ one: sql`1` })
    .from(users)
    .where(isNotNull(users.operatorRole))
    .limit(1);
  return row !== undefined;
}
