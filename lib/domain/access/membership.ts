import type { OperatorRole, TenantRole } from "#lib/domain/access/role";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** One change of a tenant's members: from no role or a role, to a role or none. */
export type RoleChange = {
  /** The role of who asks; `operator` runs the fleet and stands above the tenant's own roles. */
  by: TenantRole | "operator";
  from: TenantRole | null;
  to: TenantRole | null;
  /** Owners besides the person concerned. */
  otherOwners: number;
};

/**
 * Says whether a member may be given, or lose, a role. Only owners and operators make and unmake
 * owners, so that an admin cannot take a tenant over; and a tenant never loses its last owner.
 */
export function admitRoleChange(
  change: RoleChange,
): Result<void, RefusalOf<"not_now" | "last_owner">> {
  const { by, from, to, otherOwners } = change;
  const touchesOwner = from === "owner" || to === "owner";
  if (from !== to && touchesOwner && by !== "owner" && by !== "operator") {
    return refuse({
      kind: "not_now",
      reason: "Only an owner makes or unmakes an owner.",
      advice: "Ask one of the tenant's owners.",
    });
  }
  if (from === "owner" && to !== "owner" && otherOwners === 0) {
    return refuse({ kind: "last_owner" });
  }
  return ok(undefined);
}

/** The refusal to change by hand what a provider's group decides. */
export function managedByProvider(provider: string, group: string) {
  return refuse<RefusalOf<"not_now">>({
    kind: "not_now",
    reason: `This role is managed by ${provider}: group ${group}.`,
    advice: "Change who is in the group there, or have an operator change what the group is worth.",
  });
}

/** The refusal to give an owner a membership that ends: the tenant could be left without one. */
export const ownersStay = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "An owner's membership does not end by itself.",
  advice: "Choose another role, or let it not end.",
});

type Operator = { id: string; operatorRole: OperatorRole | null; disabledAt: Date | null };

/** Whether the fleet has an admin besides this person whose account is open. */
export function hasOtherAdmin(operators: readonly Operator[], id: string): boolean {
  return operators.some(
    (each) => each.operatorRole === "fleet_admin" && each.id !== id && each.disabledAt === null,
  );
}

/** The refusal to take the fleet from its last admin. */
export const adminStays = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "The fleet keeps at least one admin.",
  advice: "Make someone else an admin first.",
});
