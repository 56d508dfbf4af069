import type { Database } from "#db/client";
import { listIdentityProviders, readPasswordRule } from "#db/queries/identity";
import { listPasskeys } from "#db/queries/passkeys";
import { findPendingSignIn, findTotp } from "#db/queries/second-factors";
import { findUser } from "#db/queries/users";
import { readPendingToken } from "#lib/access/second-factor";
import { withUser } from "#lib/access/with-grant";
import type { PasswordRule } from "#lib/domain/access/password-rules";
import type { Id } from "#lib/domain/id";

export type SignInView = {
  providers: { id: Id<"identityProvider">; label: string }[];
  passwords: PasswordRule;
};

/** The ways to sign in, for nobody in particular. */
export async function signInView(db: Database): Promise<SignInView> {
  const providers = await listIdentityProviders(db);
  return {
    providers: providers.filter((each) => each.enabled).map(({ id, label }) => ({ id, label })),
    passwords: await readPasswordRule(db),
  };
}

/** Whose sign-in waits under this name for its second factor; null when none does, or no more. */
export async function pendingSignInView(
  db: Database,
  token: string | undefined,
): Promise<{ email: string; hasPasskey: boolean; hasApp: boolean } | null> {
  const pending = readPendingToken(token);
  if (!pending) return null;
  const { userId, tokenHash } = pending;
  return withUser(db, userId, async (tx) => {
    const waiting = await findPendingSignIn(tx, userId, tokenHash);
    const user = waiting && (await findUser(tx, userId));
    if (!user) return null;
    return {
      email: user.email,
      hasPasskey: (await listPasskeys(tx, userId)).some(({ distrustedAt }) => !distrustedAt),
      hasApp: (await findTotp(tx, userId))?.confirmedAt != null,
    };
  });
}
