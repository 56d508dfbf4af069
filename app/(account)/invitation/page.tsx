import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { AcceptButton } from "#components/account/accept-button";
import { ClosedInvitation } from "#components/account/closed-invitation";
import { JoinForm } from "#components/account/join-form";
import { OperatorOffer, TenantOffer } from "#components/account/offer";
import { ProviderButtons } from "#components/account/provider-buttons";
import { Callout } from "#components/ui/callout";
import { LinkButton } from "#components/ui/link-button";
import { database } from "#lib/server/database";
import { currentSession, stopOf } from "#lib/server/session";
import { type InvitationView, invitationView } from "#lib/views/invitation";
import {
  type OperatorInvitationView,
  operatorInvitationView,
} from "#lib/views/operator-invitation";
import { signInView } from "#lib/views/sign-in";
import {
  acceptInvitationAction,
  acceptOperatorInvitationAction,
  joinAsOperatorAction,
  joinByInvitationAction,
} from "./actions";

export const metadata: Metadata = { title: "Invitation" };

export default async function InvitationPage({ searchParams }: PageProps<"/invitation">) {
  const { token } = await searchParams;
  const tenants = await invitationView(database(), token);
  const operators = tenants ? null : await operatorInvitationView(database(), token);
  if (operators && operators.state !== "open") return <ClosedInvitation state={operators.state} />;
  const offer = tenants ? toTenant(tenants) : operators && toFleet(operators);
  if (!offer) return <ClosedInvitation />;
  const session = await currentSession();
  const stop = session && stopOf(session);
  // Signed in, but not to the end: that first, then back here.
  if (stop) redirect(`${stop}?next=${encodeURIComponent(`/invitation?token=${token}`)}` as Route);
  const actor = session?.actor;
  const signIn = await signInView(database());
  // An operator is one by their account here, which they may link to a provider once they have it.
  const providers = tenants ? signIn.providers : [];
  const mayChoosePassword = operators !== null || signIn.passwords === "everyone";
  const { email, invitedBy, hasAccount } = offer.invitation;
  const { label, to } = offer;
  return (
    <>
      {offer.words}
      {actor && actor.email === email && (
        <AcceptButton token={String(token)} label={label} to={to} accept={offer.accept} />
      )}
      {actor && actor.email !== email && (
        <Callout kind="attention" title={`You are signed in as ${actor.email}`}>
          The invitation is for {email}. Sign out and open the link again, or ask for an invitation
          of your address.
        </Callout>
      )}
      {!actor && providers.length > 0 && (
        <ProviderButtons
          providers={providers}
          start={{ next: "/", invitation: String(token) }}
          verb="Join with"
        />
      )}
      {!actor && hasAccount && (
        <>
          <LinkButton
            href={`/sign-in?next=${encodeURIComponent(`/invitation?token=${token}`)}`}
            variant="primary"
          >
            Sign in as {email}
          </LinkButton>
          <p className="text-muted text-sm">
            This address has an account. If you know of none, somebody else made it: ask the
            platform team for a new password, and do not pass this link on.
          </p>
        </>
      )}
      {!actor && !hasAccount && mayChoosePassword && (
        <JoinForm token={String(token)} email={email} label={label} to={to} join={offer.join} />
      )}
      {!actor && !hasAccount && !mayChoosePassword && providers.length === 0 && (
        <Callout kind="attention" title="There is no way to join just now">
          Sign-in by password is for operators alone, and no identity provider is in use. Ask{" "}
          {invitedBy}, who can ask the platform team.
        </Callout>
      )}
    </>
  );
}

const toTenant = (invitation: InvitationView) => ({
  invitation,
  words: <TenantOffer invitation={invitation} />,
  label: "Join",
  to: `/${invitation.tenantSlug}`,
  accept: acceptInvitationAction,
  join: joinByInvitationAction,
});

const toFleet = (invitation: OperatorInvitationView) => ({
  invitation,
  words: <OperatorOffer invitation={invitation} />,
  label: "Become an operator",
  to: "/fleet",
  accept: acceptOperatorInvitationAction,
  join: joinAsOperatorAction,
});
