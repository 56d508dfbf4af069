import type { Metadata } from "next";
import { AccessPanel } from "#components/account/access-panel";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { requireActor } from "#lib/server/require-grant";
import { ownAccess } from "#lib/views/own-access";

export const metadata: Metadata = { title: "What you may do" };

export default async function AccessPage() {
  const actor = await requireActor();
  const places = ownAccess(actor);
  return (
    <>
      <PageHeader
        title="What you may do, and why not"
        breadcrumbs={[{ label: "Account", href: "/account" }, { label: "What you may do" }]}
        description="What each of your roles allows, and what it would take to do the rest."
      />
      {places.length === 0 && (
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
