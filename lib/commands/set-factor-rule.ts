import type { Database } from "#db/client";
import { readFactorRule } from "#db/queries/identity";
import { hasSecondFactor } from "#db/queries/second-factors";
import { signInRules } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { FactorRuleInput } from "#lib/schemas/second-factor";

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
    if (operatorsNeedFactor && !(await hasSecondFactor(tx, grant.actorId))) {
      return refuse({
        kind: "not_now",
        reason: "You have no second factor yourself.",
        advice: "Set one up on your account page first.",
      });
    }
    const values = { operatorsNeedFactor, changedAt: new Date() };
    await tx
      .insert(signInRules)
      .values({ id: 1, ...values })
      .onConflictDoUpdate({ target: signInRules.id, set: values });
    await recordAudit(tx, grant, {
      action: "sign_in.change_rule",
      detail: { before: { operatorsNeedFactor: before }, after: { operatorsNeedFactor } },
    });
    return ok(undefined);
  });
}
