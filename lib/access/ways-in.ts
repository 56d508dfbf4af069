import type { Transaction } from "#db/client";
import { listIdentities, listIdentityProviders, readPasswordRule } from "#db/queries/identity";
import { listPasskeys } from "#db/queries/passkeys";
import { findUser } from "#db/queries/users";
import type { Actor } from "#lib/access/authorize";

/** Why a linked provider stays: said where it is refused, and beside the button. */
export const onlyWayIn = {
  reason: "This is the only way into your account.",
  advice: "Link another provider first.",
} as const;

/**
 * How a person can sign in as things stand: by password or passkey, if they have one and the rule lets
 * them use it, and by the issuers that are linked and whose provider is in use.
 */
export async function waysIn(
  tx: Transaction,
  actor: Pick<Actor, "userId" | "operatorRole">,
): Promise<{ mayUsePassword: boolean; password: boolean; passkey: boolean; issuers: string[] }> {
  const user = await findUser(tx, actor.userId);
  const mayUsePassword = actor.operatorRole !== null || (await readPasswordRule(tx)) === "everyone";
  const enabled = (await listIdentityProviders(tx)).filter((each) => each.enabled);
  const linked = await listIdentities(tx, actor.userId);
  return {
    mayUsePassword,
    password: mayUsePassword && user?.passwordHash != null,
    passkey:
      mayUsePassword && (await listPasskeys(tx, actor.userId)).some((key) => !key.distrustedAt),
    issuers: linked
      .map(({ issuer }) => issuer)
      .filter((issuer) => enabled.some((each) => each.issuer === issuer)),
  };
}
