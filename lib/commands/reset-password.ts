import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { endPendingSignIns } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { findTenantRole } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { hashPassword } from "#lib/access/password";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Gives a tenant's member who lost their password a new one-time password, shown here and never
 * again, and ends their sessions. Their second factor stays. Only for operators: an account may
 * reach several tenants, and none of these may take over what the others gave.
 */
export async function resetPassword(
  db: Database,
  grant: Grant<"tenant.edit">,
  input: { tenantId: Id<"tenant">; userId: Id<"user"> },
  now = new Date(),
): Promise<Result<{ oneTimePassword: string }, RefusalOf<"not_found" | "not_now">>> {
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  return withGrant(db, grant, async (tx) => {
    const role = await findTenantRole(tx, input.tenantId, input.userId);
    const user = await findUser(tx, input.userId);
    if (!role || !user) return refuse({ kind: "not_found", resource: "member" });
    if (user.operatorRole) {
      return refuse({
        kind: "not_now",
        reason: "This person is also an operator.",
        advice: "Operators change their password on their own account page.",
      });
    }
    await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: true })
      .where(eq(users.id, user.id));
    await endPendingSignIns(tx, user.id);
    await revokeSessions(tx, user.id, now);
    await recordAudit(tx, grant, {
      action: "password.reset",
      object: { kind: "user", id: user.id, name: user.email },
      tenantId: input.tenantId,
    });
    const by = grant.actorName;
    await notifyOfAccount(tx, user.id, { what: "password_reset", name: null, by });
    return ok({ oneTimePassword });
  });
}
