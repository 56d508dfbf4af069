import type { Transaction } from "#db/client";
import { signInRules } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";

type Rules = Pick<typeof signInRules.$inferInsert, "passwords" | "operatorsNeedFactor">;

/** Writes one of the rules by which people sign in, with its audit event; the others stay. */
export async function changeSignInRule<K extends keyof Rules>(
  tx: Transaction,
  grant: Grant<"identity.edit">,
  before: Required<Pick<Rules, K>>,
  after: Required<Pick<Rules, K>>,
): Promise<void> {
  const values = { ...after, changedAt: new Date() };
  await tx
    .insert(signInRules)
    .values({ id: 1, ...values })
    .onConflictDoUpdate({ target: signInRules.id, set: values });
  await recordAudit(tx, grant, { action: "sign_in.change_rule", detail: { before, after } });
}
