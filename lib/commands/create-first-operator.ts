import type { Database } from "#db/client";
import { isSetupLinkOpen, spendSetupLink } from "#db/queries/setup-links";
import { hasOperator } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordOwnAct } from "#lib/access/audit";
import { newPasswordFault } from "#lib/access/new-password";
import { hashPassword } from "#lib/access/password";
import { withUser } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateFirstOperatorInput } from "#lib/schemas/account";

/**
 * Makes the first operator for the bearer of the setup link. The link works once: of two who use it
 * at the same moment one is refused, and so is everyone as soon as there is an operator.
 */
export async function createFirstOperator(
  db: Database,
  request: { requestId: string; ipAddress: string | null },
  input: CreateFirstOperatorInput,
): Promise<Result<{ email: string }, RefusalOf<"not_now" | "invalid_input" | "name_taken">>> {
  // Asked before the costly hash, so that nobody can make us hash without a link.
  if (!(await isSetupLinkOpen(db, input.token))) return spent;
  const fault = newPasswordFault(input.password, input);
  if (fault) return refuse({ kind: "invalid_input", fields: { password: fault } });
  const passwordHash = await hashPassword(input.password);
  const userId: Id<"user"> = newId("user");

  return withUser(db, userId, async (tx) => {
    if (!(await spendSetupLink(tx, input.token)) || (await hasOperator(tx))) return spent;
    const { email, name } = input;
    const made = await tx
      .insert(users)
      .values({ id: userId, email, name, passwordHash, operatorRole: "fleet_admin" })
      .onConflictDoNothing({ target: users.email })
      .returning({ id: users.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "user", name: email });
    await recordOwnAct(
      tx,
      { userId, name, ...request },
      { action: "operator.create", object: { kind: "user", id: userId, name: email } },
    );
    return ok({ email });
  });
}

const spent = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This setup link has been used or is too old.",
  advice: "Restart Ingot: it prints a new one for as long as there is no operator.",
});
