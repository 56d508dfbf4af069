import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { findMember, lockTenant } from "#db/queries/tenants";
import { findUserByEmail } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { recordAudit } from "#lib/access/audit";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { hashPassword } from "#lib/access/password";
import { withGrant } from "#lib/access/with-grant";
import { admitRole, type MemberGrant } from "#lib/commands/admit-role";
import { hasEnded } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddMemberInput } from "#lib/schemas/tenant";

/**
 * Makes an account for someone new and makes them a member of a tenant, with a one-time password that
 * is given back here and never again; they replace it at their first sign-in. An address that is in use
 * is refused: nobody has shown that the account is its owner's, since another tenant may have made it
 * and kept the password. An invitation goes to the person instead, and only who holds its link and is
 * signed in to that account joins. Operators are bound to this as well: they cannot see either who
 * made an account.
 */
export async function addMember(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { email, name, role }: AddMemberInput,
): Promise<
  Result<
    { userId: Id<"user">; oneTimePassword: string },
    RefusalOf<"not_found" | "name_taken" | "not_now" | "last_owner" | "invalid_input">
  >
> {
  const userId = newId("user");
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);

  return withGrant(db, grant, async (tx) => {
    const tenant = await lockTenant(tx, tenantId);
    if (!tenant) return refuse({ kind: "not_found", resource: "tenant" });
    const change = { from: null, to: role, otherOwners: 0 };
    const object = { kind: "user", id: email, name: email };
    const act = { action: "member.add", object };
    const admitted = await admitRole(tx, grant, tenantId, change, act);
    if (!admitted.ok) return admitted;
    const made = await tx
      .insert(users)
      .values({ id: userId, email, name, passwordHash, mustChangePassword: true })
      .onConflictDoNothing({ target: users.email })
      .returning({ id: users.id });
    if (made.length === 0) return inUse(tx, tenantId, email);
    await tx.insert(tenantMembers).values({ tenantId, userId, role });
    await notifyOfRole(tx, grant, { userId, role, tenantId });
    await recordAudit(tx, grant, {
      action: "member.add",
      object: { kind: "user", id: userId, name: email },
      detail: { role },
      tenantId,
    });
    return ok({ userId, oneTimePassword });
  });
}

/** Why nobody is added with an address that has an account: a member here, or someone to invite. */
async function inUse(tx: Transaction, tenantId: Id<"tenant">, email: string) {
  const known = await findUserByEmail(tx, email);
  const member = known && (await findMember(tx, tenantId, known.id));
  if (member && !hasEnded(member.until, await databaseNow(tx))) {
    return refuse<RefusalOf<"name_taken">>({ kind: "name_taken", resource: "member", name: email });
  }
  const message = `${email} has an account. Invite them: they join by the link.`;
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { email: message } });
}
