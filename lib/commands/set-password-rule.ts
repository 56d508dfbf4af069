import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { readPasswordRule } from "#db/queries/identity";
import { identityProviders } from "#db/schema/identity";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { changeSignInRule } from "#lib/commands/change-sign-in-rule";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PasswordRuleInput } from "#lib/schemas/identity";

/**
 * Says who may sign in with a password. Sessions that are open stay open. Refused while there is no
 * other way in for the rest.
 */
export async function setPasswordRule(
  db: Database,
  grant: Grant<"identity.edit">,
  { passwords }: PasswordRuleInput,
): Promise<Result<void, RefusalOf<"not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const before = await readPasswordRule(tx);
    if (before === passwords) return ok(undefined);
    const ways = await tx.$count(identityProviders, eq(identityProviders.enabled, true));
    if (passwords === "operators" && ways === 0) {
      return refuse({
        kind: "not_now",
        reason: "Nobody but operators could sign in: no identity provider is switched on.",
        advice: "Add one first, and sign in with it once.",
      });
    }
    await changeSignInRule(tx, grant, { passwords: before }, { passwords });
    return ok(undefined);
  });
}
