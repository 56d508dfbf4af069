import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { FactorSetUp } from "#components/account/factor-set-up";
import { SignOutButton } from "#components/account/sign-out-button";
import { currentSession } from "#lib/server/session";
import { beginTotpAction, confirmTotpAction, signOutAction } from "../../account/actions";

export const metadata: Metadata = { title: "Set up a second factor" };

export default async function SetUpFactorPage() {
  const session = await currentSession();
  if (!session) redirect("/sign-in");
  if (session.mustChangePassword) redirect("/new-password" as Route);
  // Who has one by now is not led away: their recovery codes are still on this page.
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Set up a second factor</h1>
        <p className="mt-1 text-muted text-sm">
          {session.mustSetUpFactor
            ? `Your role needs one. Until ${session.actor.email} has one, nothing else can be done.`
            : `Of ${session.actor.email}, to be looked after under Account.`}
        </p>
      </div>
      <FactorSetUp begin={beginTotpAction.bind(null, {})} confirm={confirmTotpAction} />
      <SignOutButton signOut={signOutAction.bind(null, {})} />
    </>
  );
}
