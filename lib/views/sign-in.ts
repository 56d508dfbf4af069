import type { Database } from "#db/client";
import { listIdentityProviders, readPasswordRule } from "#db/queries/identity";
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
