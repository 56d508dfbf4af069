import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { findMember, lockTenant } from "#db/queries/tenants";
import { findUserByEmail } from "#db/queries/users";
import { tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { newOneTimePassword } from "#lib/access/one-time-password";
import { hashPassword } from "#lib/access/password";
import { withGrant } from "#lib/access/with-grant";
import { admitRoleChange } from "#lib/domain/access/membership";
import { hasEnded } from "#lib/domain/access/term";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddMemberInput } from "#lib/schemas/tenant";

/** Who may change a tenant's members: its own people, or an operator. */
export type MemberGrant = Grant<"member.edit"> | Grant<"tenant.edit">;

export const standingOf = (grant: MemberGrant) =>
  grant.scope === "fleet" ? ("operator" as const) : grant.role;

/**
 * Makes a person a member of a tenant. Someone without an account gets one, with a one-time password
 * that is given back here and never again; they replace it at their first sign-in.
 */
export async function addMember(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  input: AddMemberInput,
): Promise<
  Result<
    { userId: Id<"user">; oneTimePassword: string | null },
    RefusalOf<"not_found" | "name_taken" | "not_now" | "last_owner" | "invalid_input">
  >
> {
  const admitted = admitRoleChange({
    by: standingOf(grant),
    from: null,
    to: input.role,
    otherOwners: 0,
  });
  if (!admitted.ok) return admitted;
  const known = await findUserByEmail(db, input.email);
  if (!known && input.name === "") {
    const message = "Nobody has an account with this address yet. Enter their name to make one.";
    return refuse({ kind: "invalid_input", fields: { name: message } });
  }
  const oneTimePassword = known ? null : newOneTimePassword();
  const passwordHash = oneTimePassword && (await hashPassword(oneTimePassword));

  return withGrant(db, grant, async (tx) => {
    const tenant = await lockTenant(tx, tenantId);
    if (!tenant) return refuse({ kind: "not_found", resource: "tenant" });
    const userId = known?.id ?? newId("user");
    const member = await findMember(tx, tenantId, userId);
    if (member && !hasEnded(member.until, new Date())) {
      return refuse({ kind: "name_taken", resource: "member", name: input.email });
    }
    if (passwordHash) {
      const made = await tx
        .insert(users)
        .values({
          id: userId,
          email: input.email,
          name: input.name,
          passwordHash,
          mustChangePassword: true,
        })
        .onConflictDoNothing({ target: users.email })
        .returning({ id: users.id });
      // Someone else made the account in this very moment: the next try finds it.
      if (made.length === 0) {
        return refuse({ kind: "name_taken", resource: "user", name: input.email });
      }
    }
    // One that has ended makes room, with the roles in projects that went with it.
    if (member) {
      await tx
        .delete(tenantMembers)
        .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
    }
    await tx.insert(tenantMembers).values({ tenantId, userId, role: input.role });
    await notifyOfRole(tx, grant, { userId, role: input.role, tenantId });
    await recordAudit(tx, grant, {
      action: "member.add",
      object: { kind: "user", id: userId, name: input.email },
      detail: { role: input.role, newAccount: !known },
      tenantId,
    });
    return ok({ userId, oneTimePassword });
  });
}
