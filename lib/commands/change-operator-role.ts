import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findManager, lockOperators } from "#db/queries/identity";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { users } from "#db/schema/users";
import { recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { withdrawInvitationsOf } from "#lib/commands/invite-operator";
import { adminStays, hasOtherAdmin, managedByProvider } from "#lib/domain/access/membership";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeOperatorRoleInput } from "#lib/schemas/account";

/**
 * Gives an operator another role, or none: from their next request on. Their account and what they
 * are in tenants stay. The fleet never loses its last admin. A role that a provider's group gave can only
 * be taken, and comes back at a sign-in while the group is worth it.
 */
export async function changeOperatorRole(
  db: Database,
  grant: Grant<"operator.edit">,
  { userId, role }: ChangeOperatorRoleInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const operators = await lockOperators(tx);
    const operator = operators.find((each) => each.id === userId);
    if (!operator) return refuse({ kind: "not_found", resource: "user" });
    const manager = await findManager(tx, {
      providerId: operator.operatorProviderId,
      providerGroup: operator.operatorGroup,
    });
    if (manager && role !== null) return managedByProvider(manager.provider, manager.group);
    if (role !== "fleet_admin" && !hasOtherAdmin(operators, userId)) return adminStays;
    const managed = role === null ? { operatorProviderId: null, operatorGroup: null } : {};
    await tx
      .update(users)
      .set({ operatorRole: role, ...managed })
      .where(eq(users.id, userId));
    await notifyOfRole(tx, grant, { userId, role });
    const withdrawn = role === "fleet_admin" ? [] : await withdrawInvitationsOf(tx, operator);
    await recordAudits(tx, grant, [
      {
        action: role === null ? "operator.remove" : "operator.change_role",
        object: { kind: "user", id: userId, name: operator.email },
        detail: { before: operator.operatorRole, after: role },
      },
      ...withdrawn,
    ]);
    return ok(undefined);
  });
}
