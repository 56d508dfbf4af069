import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { readFactorRule } from "#db/queries/identity";
import { hasSecondFactor } from "#db/queries/second-factors";
import { lockTenant } from "#db/queries/tenants";
import { tenants } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { changeSignInRule } from "#lib/commands/change-sign-in-rule";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { FactorRuleInput, MemberFactorRuleInput } from "#lib/schemas/second-factor";

/**
 * Says whether operators must have a second factor. It holds at their next request: who has none is led
 * to set one up. Asked for only by who has one.
 */
export async function setFactorRule(
  db: Database,
  grant: Grant<"identity.edit">,
  { operatorsNeedFactor }: FactorRuleInput,
): Promise<Result<void, RefusalOf<"not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const before = await readFactorRule(tx);
    if (before === operatorsNeedFactor) return ok(undefined);
    if (operatorsNeedFactor && !(await hasSecondFactor(tx, grant.actorId))) return ownFirst;
    await changeSignInRule(tx, grant, { operatorsNeedFactor: before }, { operatorsNeedFactor });
    return ok(undefined);
  });
}

/** As `setFactorRule`, for the members of a tenant: by its owners and admins. */
export async function setMemberFactorRule(
  db: Database,
  grant: Grant<"member.edit">,
  { membersNeedFactor }: MemberFactorRuleInput,
): Promise<Result<void, RefusalOf<"not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const before = (await lockTenant(tx, grant.tenantId))?.membersNeedFactor;
    if (before === membersNeedFactor) return ok(undefined);
    // A service account has no such permission: who asks is a person.
    const self = grant.actorId as Id<"user">;
    if (membersNeedFactor && !(await hasSecondFactor(tx, self))) return ownFirst;
    await tx.update(tenants).set({ membersNeedFactor }).where(eq(tenants.id, grant.tenantId));
    await recordAudit(tx, grant, {
      action: "tenant.change_rule",
      object: { kind: "tenant", id: grant.tenantId, name: grant.tenantSlug },
      detail: { before: { membersNeedFactor: before }, after: { membersNeedFactor } },
    });
    return ok(undefined);
  });
}

const ownFirst = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "You have no second factor yourself.",
  advice: "Set one up on your account page first.",
});
