import type { Database, Transaction } from "#db/client";
import { findUserByEmail } from "#db/queries/users";
import { users } from "#db/schema/users";
import { newPasswordFault } from "#lib/access/new-password";
import { hashPassword } from "#lib/access/password";
import type { OperatorRole } from "#lib/domain/access/role";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** An account that is still to be made. */
export type NewAccount = { id: Id<"user">; email: string; name: string; passwordHash: string };

/** Looks at what somebody chose for an account of theirs. Hashing is slow: no transaction is held meanwhile. */
export async function newAccount(
  db: Database,
  { email, name, password }: { email: string; name: string; password: string },
): Promise<Result<NewAccount, RefusalOf<"not_now" | "invalid_input">>> {
  const fault = newPasswordFault(password, { email });
  if (fault) return refuse({ kind: "invalid_input", fields: { password: fault } });
  if (await findUserByEmail(db, email)) return hasAccount;
  return ok({ id: newId("user"), email, name, passwordHash: await hashPassword(password) });
}

/** Makes the account; false when somebody took the address meanwhile. */
export async function makeAccount(
  tx: Transaction,
  account: NewAccount,
  operatorRole: OperatorRole | null = null,
): Promise<boolean> {
  const made = await tx
    .insert(users)
    .values({ ...account, operatorRole })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  return made.length > 0;
}

export const hasAccount = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "There is an account with this address already.",
  advice: "Sign in to it and open this link again.",
});
