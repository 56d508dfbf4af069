import type { Route } from "next";
import { redirect } from "next/navigation";
import { SignOutButton } from "#components/account/sign-out-button";
import { NoticePage } from "#components/shell/notice-page";
import { LinkButton } from "#components/ui/link-button";
import { database } from "#lib/server/database";
import { requireActor } from "#lib/server/require-grant";
import { currentSession } from "#lib/server/session";
import { setupState } from "#lib/views/setup";
import { signOutAction } from "./account/actions";

/** The way in: operators to the fleet, members to their tenant. */
export default async function StartPage() {
  if (!(await currentSession()) && (await setupState(database(), null)) !== "done") {
    redirect("/setup");
  }
  const actor = await requireActor();
  if (actor.operatorRole) redirect("/fleet");
  const [membership] = actor.memberships;
  if (membership) redirect(`/${membership.tenantSlug}` as Route);
  return (
    <NoticePage
      title="You are in no tenant yet"
      actions={
        <>
          <LinkButton href="/account">Your account</LinkButton>
          <SignOutButton signOut={signOutAction.bind(null, {})} />
        </>
      }
    >
      You are signed in as {actor.email}. Ask the owner of a tenant to invite this address; then
      open the link that they give you.
    </NoticePage>
  );
}
