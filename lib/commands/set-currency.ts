import { isNotNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findCurrency } from "#db/queries/profile-terms";
import { priceCurrency, profileVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetCurrencyInput } from "#lib/schemas/profile";

/** Says what prices are told in. Refused once a price has been entered, be it in a draft: none is converted. */
export async function setCurrency(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: SetCurrencyInput,
): Promise<Result<void, RefusalOf<"not_now">>> {
  return withGrant(db, grant, async (tx) => {
    // Held until the transaction ends: no price comes in between.
    await tx.execute(sql`lock table ${profileVersions} in share mode`);
    const before = await findCurrency(tx);
    const [priced] = await tx
      .select({ version: profileVersions.version })
      .from(profileVersions)
      .where(isNotNull(profileVersions.priceCents))
      .limit(1);
    if (priced && before !== input.code) {
      return refuse({
        kind: "not_now",
        reason: `A price has been entered in ${before}.`,
        advice: "Prices are not converted, so they stay in it.",
      });
    }
    await tx.update(priceCurrency).set({ code: input.code });
    await recordAudit(tx, grant, {
      action: "profile.set_currency",
      detail: { before, after: input.code },
    });
    return ok(undefined);
  });
}
