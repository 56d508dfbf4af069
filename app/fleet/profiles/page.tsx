import type { Metadata } from "next";
import { CreateProfileDialog } from "#components/profiles/create-profile-dialog";
import { CurrencyDialog } from "#components/profiles/currency-dialog";
import { ProfileTable } from "#components/profiles/profile-table";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { profilesView } from "#lib/views/profiles";
import {
  createProfileAction,
  moveProfileAction,
  setCurrencyAction,
  shareProfileAction,
} from "./actions";

export const metadata: Metadata = { title: "Profiles" };

export default async function ProfilesPage() {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const view = await profilesView(database(), grant);
  const add = mayEdit && (
    <CreateProfileDialog
      nodeTypes={view.nodeTypes}
      images={view.images}
      currency={view.currency}
      create={createProfileAction}
    />
  );
  return (
    <>
      <PageHeader
        title="Compute profiles"
        description="What a tenant chooses: a whole node of one type, with a default image. An active profile is offered to the projects it is shared with."
        actions={
          mayEdit &&
          view.profiles.length > 0 && (
            <>
              {!view.hasPrices && (
                <CurrencyDialog currency={view.currency} save={setCurrencyAction} />
              )}
              {add}
            </>
          )
        }
      />
      <Panel title="All profiles" meta={String(view.profiles.length)} padded={false}>
        <ProfileTable
          profiles={view.profiles}
          currency={view.currency}
          shareTargets={view.shareTargets}
          edit={mayEdit ? { move: moveProfileAction, share: shareProfileAction } : undefined}
          empty={
            <EmptyState title="No profile yet" action={add}>
              Tenants never choose hardware by its parts. Offer each kind of node under a name.
            </EmptyState>
          }
        />
      </Panel>
    </>
  );
}
