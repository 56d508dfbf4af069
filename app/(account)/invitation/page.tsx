import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { AcceptButton } from "#components/account/accept-button";
import { JoinForm } from "#components/account/join-form";
import { ProviderButtons } from "#components/account/provider-buttons";
import { Callout } from "#components/ui/callout";
import { LinkButton } from "#components/ui/link-button";
import { RelativeTime } from "#components/ui/relative-time";
import { database } from "#lib/server/database";
import { currentSession, stopOf } from "#lib/server/session";
import { invitationView } from "#lib/views/invitation";
import { signInView } from "#lib/views/sign-in";
import { acceptInvitationAction, joinByInvitationAction } from "./actions";

export const metadata: Metadata = { title: "Invitation" };

export default async function InvitationPage({ searchParams }: PageProps<"/invitation">) {
  const { token } = await searchParams;
  const invitation = await invitationView(database(), token);
  if (!invitation) {
    return (
      <>
        <h1 className="font-semibold text-xl tracking-tight">This link no longer works</h1>
        <p className="text-muted text-sm">
          An invitation works once and for seven days, and can be withdrawn. Ask who invited you for
          another.
        </p>
        <LinkButton href="/">To Ingot</LinkButton>
      </>
    );
  }
  const session = await currentSession();
  const stop = session && stopOf(session);
  // Signed in, but not to the end: that first, then back here.
  if (stop) redirect(`${stop}?next=${encodeURIComponent(`/invitation?token=${token}`)}` as Route);
  const actor = session?.actor;
  const { providers, passwords } = await signInView(database());
  const { email, tenantName, role, projects, memberDays, invitedBy, expiresAt } = invitation;
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Join {tenantName}</h1>
        <p className="mt-1 text-muted text-sm">
          {invitedBy} invites {email} as {role}
          {projects.length > 0 &&
            `, with ${projects.map((each) => `${each.name} (${each.role})`).join(", ")}`}
          {memberDays !== null && `, for ${memberDays} ${memberDays === 1 ? "day" : "days"}`}. The
          link works until <RelativeTime at={expiresAt} />.
        </p>
      </div>
      {actor && actor.email === email && (
        <AcceptButton token={String(token)} accept={acceptInvitationAction} />
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
      {!actor && invitation.hasAccount && (
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
      {!actor && !invitation.hasAccount && passwords === "everyone" && (
        <JoinForm token={String(token)} email={email} join={joinByInvitationAction} />
      )}
      {!actor && !invitation.hasAccount && passwords !== "everyone" && providers.length === 0 && (
        <Callout kind="attention" title="There is no way to join just now">
          Sign-in by password is for operators alone, and no identity provider is in use. Ask{" "}
          {invitedBy}, who can ask the platform team.
        </Callout>
      )}
    </>
  );
}
