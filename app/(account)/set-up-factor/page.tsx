import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { FactorSetUp } from "#components/account/factor-set-up";
import { LeaveTenant } from "#components/account/leave-tenant";
import { SignOutButton } from "#components/account/sign-out-button";
import { ownPath } from "#lib/domain/access/next-path";
import { whyNoPasskeys } from "#lib/server/relying-party";
import { currentSession } from "#lib/server/session";
import {
  addPasskeyAction,
  beginPasskeyAction,
  beginTotpAction,
  confirmTotpAction,
  leaveTenantAction,
  signOutAction,
} from "../../account/actions";

export const metadata: Metadata = { title: "Set up a second factor" };

export default async function SetUpFactorPage({ searchParams }: PageProps<"/set-up-factor">) {
  const { next } = await searchParams;
  const session = await currentSession();
  if (!session) redirect("/sign-in");
  if (session.mustChangePassword) redirect("/new-password" as Route);
  const { mustSetUpFactor, actor } = session;
  const { factorDueIn = [] } = actor;
  // Who has one by now is not led away: their recovery codes are still on this page.
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Set up a second factor</h1>
        <p className="mt-1 text-muted text-sm">{whyAsked(session)}</p>
      </div>
      <FactorSetUp
        begin={beginTotpAction.bind(null, {})}
        confirm={confirmTotpAction}
        beginPasskey={beginPasskeyAction.bind(null, {})}
        addPasskey={addPasskeyAction}
        whyNoPasskeys={await whyNoPasskeys()}
        next={ownPath(next)}
      />
      {mustSetUpFactor &&
        actor.operatorRole === null &&
        factorDueIn.map(({ tenantId, tenantName }) => (
          <div key={tenantId} className="flex items-baseline justify-between gap-4 text-sm">
            <p className="text-muted">Or leave {tenantName}, if you want nothing there any more.</p>
            <LeaveTenant
              tenant={{ tenantId, name: tenantName }}
              leave={leaveTenantAction}
              next="/"
            />
          </div>
        ))}
      <SignOutButton signOut={signOutAction.bind(null, {})} />
    </>
  );
}

type Session = NonNullable<Awaited<ReturnType<typeof currentSession>>>;

function whyAsked({ actor, mustSetUpFactor }: Session): string {
  const { email, factorDueIn = [] } = actor;
  const tenants = factorDueIn.map((tenant) => tenant.tenantName).join(", ");
  if (tenants)
    return `${tenants} can be entered with a second factor only, and ${email} has none yet.`;
  if (mustSetUpFactor) return `Operators here must have one, and ${email} has none yet.`;
  return `For ${email}. You find it under Account later.`;
}
