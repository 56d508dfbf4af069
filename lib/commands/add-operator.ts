import type { Database } from "#db/client";
import { users } from "#db/schema/users";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { hashPassword } from "#lib/access/password";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddOperatorInput } from "#lib/schemas/account";

/**
 * Makes an account for one more person who runs or watches the fleet, with a one-time password that
 * is given back here and never again; they replace it at their first sign-in. An address that is in
 * use is refused: nobody becomes an operator without knowing.
 */
export async function addOperator(
  db: Database,
  grant: Grant<"operator.edit">,
  { email, name, role }: AddOperatorInput,
): Promise<Result<{ userId: Id<"user">; oneTimePassword: string }, RefusalOf<"name_taken">>> {
  const userId = newId("user");
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(users)
      .values({
        id: userId,
        email,
        name,
        passwordHash,
        operatorRole: role,
        mustChangePassword: true,
      })
      .onConflictDoNothing({ target: users.email })
      .returning({ id: users.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "user", name: email });
    await recordAudit(tx, grant, {
      action: "operator.add",
      object: { kind: "user", id: userId, name: email },
      detail: { role },
    });
    return ok({ userId, oneTimePassword });
  });
}
