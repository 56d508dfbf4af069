import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CreateProfileDialog } from "#components/profiles/create-profile-dialog";
import { CurrencyDialog } from "#components/profiles/currency-dialog";
import { ProfileTable } from "#components/profiles/profile-table";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
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
  const { origin } = readSettings();
  const here = { profile: "PROFILE_ID" };
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
      <PageCalls
        calls={[
          { label: "List the profiles", call: apiCall("listProfiles", origin) },
          ...(mayEdit
            ? [
                {
                  label: "Add a profile",
                  call: apiCall("createProfile", origin),
                  body: {
                    name: "NAME",
                    displayName: "DISPLAY NAME",
                    description: "",
                    nodeTypeId: view.nodeTypes[0]?.id ?? "NODE_TYPE_ID",
                    gpusPerNode: 8,
                    gpuModel: "H200",
                    defaultImageId: view.images[0]?.id ?? "IMAGE_ID",
                  },
                },
                {
                  label: "Move a profile to another state",
                  call: apiCall("moveProfile", origin, here),
                  body: { to: "active" },
                },
                {
                  label: "Share a profile",
                  call: apiCall("shareProfile", origin, here),
                  body: { projectIds: ["PROJECT_ID"] },
                },
                ...(view.hasPrices
                  ? []
                  : [
                      {
                        label: "Choose the currency",
                        call: apiCall("setCurrency", origin),
                        body: { code: view.currency },
                      },
                    ]),
              ]
            : []),
        ]}
      />
    </>
  );
}
