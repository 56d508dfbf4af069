import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { ProviderButtons } from "#components/account/provider-buttons";
import { SignInByPasskey } from "#components/account/sign-in-by-passkey";
import { SignInForm } from "#components/account/sign-in-form";
import { Callout } from "#components/ui/callout";
import { ownPath } from "#lib/domain/access/next-path";
import { providerRefusalWords } from "#lib/domain/access/provider-refusal";
import { database } from "#lib/server/database";
import { whyNoPasskeys } from "#lib/server/relying-party";
import { currentSession } from "#lib/server/session";
import { signInView } from "#lib/views/sign-in";
import { beginPasskeySignInAction, signInByPasskeyAction } from "./actions";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const { next: asked, refused, provider } = await searchParams;
  const next = ownPath(asked);
  if (await currentSession()) redirect(next as Route);
  const { providers, passwords } = await signInView(database());
  const why = providerRefusalWords(refused, providers.find(({ id }) => id === provider)?.label);
  return (
    <>
      <h1 className="font-semibold text-xl tracking-tight">Sign in</h1>
      {why && (
        <Callout kind="critical" title="You are not signed in" role="alert">
          {why}
        </Callout>
      )}
      {providers.length > 0 && (
        <>
          <ProviderButtons providers={providers} start={{ next }} verb="Continue with" />
          <p className="flex items-center gap-3 text-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {passwords === "operators" ? "operators, with a password" : "or with a password"}
          </p>
        </>
      )}
      <SignInForm next={next} quiet={providers.length > 0} />
      <SignInByPasskey
        next={next}
        disabledReason={await whyNoPasskeys()}
        begin={beginPasskeySignInAction.bind(null, {})}
        finish={signInByPasskeyAction}
      />
    </>
  );
}
