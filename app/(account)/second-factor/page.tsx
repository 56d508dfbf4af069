import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { CodeForm } from "#components/account/code-form";
import { SignInByPasskey } from "#components/account/sign-in-by-passkey";
import { TextLink } from "#components/ui/text-link";
import { ownPath } from "#lib/domain/access/next-path";
import { database } from "#lib/server/database";
import { pendingToken } from "#lib/server/pending-sign-in";
import { whyNoPasskeys } from "#lib/server/relying-party";
import { currentSession } from "#lib/server/session";
import { pendingSignInView } from "#lib/views/sign-in";
import {
  beginPasskeyFactorAction,
  finishSignInAction,
  finishSignInByPasskeyAction,
} from "./actions";

export const metadata: Metadata = { title: "Second factor" };

export default async function SecondFactorPage({ searchParams }: PageProps<"/second-factor">) {
  const next = ownPath((await searchParams).next);
  const waiting = await pendingSignInView(database(), await pendingToken());
  // Signed in just now, or begun too long ago.
  if (!waiting) {
    const page = (await currentSession()) ? next : `/sign-in?next=${encodeURIComponent(next)}`;
    redirect(page as Route);
  }
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Second factor</h1>
        <p className="mt-1 text-muted text-sm">
          You are signing in as {waiting.email}. <TextLink href="/sign-in">Begin again</TextLink>
        </p>
      </div>
      {waiting.hasPasskey && (
        <SignInByPasskey
          next={next}
          variant="primary"
          disabledReason={await whyNoPasskeys()}
          begin={beginPasskeyFactorAction.bind(null, {})}
          finish={finishSignInByPasskeyAction}
        />
      )}
      <CodeForm
        next={next}
        hasApp={waiting.hasApp}
        quiet={waiting.hasPasskey}
        finish={finishSignInAction}
      />
    </>
  );
}
