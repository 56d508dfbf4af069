import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { deleteFactors, endPendingSignIns } from "#db/queries/second-factors";
import { revokeSessions } from "#db/queries/sessions";
import { findUserByEmail } from "#db/queries/users";
import { users } from "#db/schema/users";
import { recordEvents } from "#lib/access/audit";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { hashPassword } from "#lib/access/password";
import { withServer } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Lets somebody in again whom nobody in the portal can help: the last operator, who lost password
 * or second factor. Removes app, passkeys and recovery codes, gives a one-time password that is
 * readable here alone, ends every session. For whoever has the server itself; the audit log says
 * that it came from there.
 */
export async function rescueAccount(
  db: Database,
  email: string,
  now = new Date(),
): Promise<Result<{ oneTimePassword: string }, RefusalOf<"not_found">>> {
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  return withServer(db, async (tx) => {
    const user = await findUserByEmail(tx, email);
    if (!user) return refuse({ kind: "not_found", resource: "user" });
    // Updating the account also locks it, against sign-ins that are under way.
    await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: true })
      .where(eq(users.id, user.id));
    const hadFactor = await deleteFactors(tx, user.id);
    await endPendingSignIns(tx, user.id);
    await revokeSessions(tx, user.id, now);
    await recordEvents(tx, { actorId: null, actorName: "From the server itself" }, [
      {
        action: "user.rescue",
        object: { kind: "user", id: user.id, name: user.email },
        detail: { hadFactor },
      },
    ]);
    const by = "whoever has the server";
    await notifyOfAccount(tx, user.id, { what: "password_reset", name: null, by });
    if (hadFactor) await notifyOfAccount(tx, user.id, { what: "factors_removed", name: null, by });
    return ok({ oneTimePassword });
  });
}
