import type { Transaction } from "#db/client";
import { type AuditedAct, recordEvents } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { admitRoleChange, type RoleChange } from "#lib/domain/access/membership";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

/** Who may change a tenant's members: its own people, or an operator. */
export type MemberGrant = Grant<"member.edit"> | Grant<"tenant.edit">;

/**
 * Says whether who asks may give a tenant's member, or offer someone, a role or take it, as
 * `admitRoleChange` does. Someone who reaches for what is an owner's is written down as denied, so the
 * refusal is returned and not thrown: the transaction must end well.
 */
export async function admitRole(
  tx: Transaction,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  change: Omit<RoleChange, "by">,
  act: Pick<AuditedAct, "action" | "object">,
): Promise<Result<void, RefusalOf<"not_now" | "last_owner">>> {
  const by = grant.scope === "fleet" ? "operator" : grant.role;
  const admitted = admitRoleChange({ by, ...change });
  if (!admitted.ok && admitted.refusal.kind === "not_now") {
    const detail = { before: change.from, after: change.to };
    await recordEvents(tx, grant, [{ ...act, detail, tenantId }], "denied");
  }
  return admitted;
}
