import type { Metadata } from "next";
import { AccessPanel } from "#components/account/access-panel";
import { Callout } from "#components/ui/callout";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { RelativeTime } from "#components/ui/relative-time";
import { TextLink } from "#components/ui/text-link";
import { database } from "#lib/server/database";
import { requireActor } from "#lib/server/require-grant";
import { endedAccess } from "#lib/views/ended-access";
import { ownAccess } from "#lib/views/own-access";

export const metadata: Metadata = { title: "What you may do" };

export default async function AccessPage() {
  const actor = await requireActor();
  const places = ownAccess(actor);
  const closed = actor.factorDueIn ?? [];
  const ended = await endedAccess(database(), actor);
  return (
    <>
      <PageHeader
        title="What you may do, and why not"
        breadcrumbs={[{ label: "Account", href: "/account" }, { label: "What you may do" }]}
        description="What each of your roles allows, and what it would take to do the rest."
      />
      {closed.map(({ tenantSlug, tenantName }) => (
        <Callout key={tenantSlug} kind="attention" title={`${tenantName} is closed to you`}>
          Its members must have a second factor. Set one up in{" "}
          <TextLink href="/account">your account</TextLink>, and it is open again.
        </Callout>
      ))}
      {ended.map(({ tenantSlug, tenantName, endedAt }) => (
        <Callout key={tenantSlug} kind="neutral" title={`Your time in ${tenantName} is over`}>
          It ended <RelativeTime at={endedAt} />. One of its owners or admins can invite you again.
        </Callout>
      ))}
      {places.length === 0 && closed.length === 0 && ended.length === 0 && (
        <EmptyState title="You are in no tenant yet">
          Ask the owner of a tenant to invite {actor.email}.
        </EmptyState>
      )}
      {places.map((place) => (
        <AccessPanel key={place.href} place={place} />
      ))}
    </>
  );
}
