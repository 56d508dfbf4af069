import type { Database } from "#db/client";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { hasSecondFactor } from "#db/queries/second-factors";
import { lockUser } from "#db/queries/users";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { newRecoveryCodes } from "#lib/access/second-factor";
import { withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Makes ten new recovery codes; those there were, used or not, are void. */
export async function renewRecoveryCodes(
  db: Database,
  actor: Actor,
): Promise<Result<{ recoveryCodes: string[] }, RefusalOf<"not_found">>> {
  return withUser(db, actor.userId, async (tx) => {
    await lockUser(tx, actor.userId);
    if (!(await hasSecondFactor(tx, actor.userId))) {
      return refuse({ kind: "not_found", resource: "second factor" });
    }
    const recoveryCodes = await newRecoveryCodes(tx, actor.userId);
    await recordOwnAct(tx, actor, { action: "second_factor.renew_codes" });
    await notifyOfAccount(tx, actor.userId, { what: "codes_renewed", name: null, by: null });
    return ok({ recoveryCodes });
  });
}
