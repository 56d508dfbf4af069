import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { NetworkDriverDialog } from "#components/sites/network-driver-dialog";
import { CreateRackDialog, CreateSiteDialog } from "#components/sites/site-dialogs";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { driverWords } from "#lib/domain/network/driver";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { sitesView } from "#lib/views/racks";
import {
  createRackAction,
  createSiteAction,
  removeSiteNetworkAction,
  setSiteNetworkAction,
} from "./actions";

export const metadata: Metadata = { title: "Sites and racks" };

export default async function RacksPage() {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "node.enrol");
  const sites = await sitesView(database(), grant);
  const { origin } = readSettings();
  const addSite = mayEdit && <CreateSiteDialog create={createSiteAction} />;
  return (
    <>
      <PageHeader
        title="Sites and racks"
        description="Where nodes stand, and which boot server they reach from there."
        actions={sites.length > 0 && addSite}
      />
      {sites.length === 0 && (
        <Panel title="Sites" padded={false}>
          <EmptyState title="No site yet" action={addSite}>
            Begin here: a site, then its racks, then the nodes in them.
          </EmptyState>
        </Panel>
      )}
      {sites.map((site) => (
        <Panel
          key={site.id}
          title={
            <TextLink quiet href={`/fleet/sites/${site.id}`}>
              {site.name}
            </TextLink>
          }
          meta={formatQuantity(site.racks.length, "rack")}
          description={`Its nodes boot from ${site.bootOrigin ?? "the general boot address"}. ${
            site.network
              ? `They are joined to networks by ${driverWords(site.network)}.`
              : "It has no network driver."
          }`}
          padded={false}
          actions={
            mayEdit && (
              <>
                <NetworkDriverDialog
                  site={site}
                  set={setSiteNetworkAction}
                  remove={removeSiteNetworkAction}
                />
                <CreateRackDialog site={site} create={createRackAction} />
              </>
            )
          }
        >
          <DataTable
            label={`Racks of ${site.name}`}
            rows={site.racks}
            rowKey={(rack) => rack.id}
            columns={[
              {
                id: "name",
                header: "Rack",
                rowHeader: true,
                cell: (rack) => (
                  <TextLink quiet href={`/fleet/racks/${rack.id}`}>
                    {rack.name}
                  </TextLink>
                ),
              },
              { id: "units", header: "Units", align: "end", cell: (rack) => rack.units },
              { id: "nodes", header: "Nodes", align: "end", cell: (rack) => rack.nodes },
              {
                id: "available",
                header: "Available",
                align: "end",
                cell: (rack) => rack.available,
              },
            ]}
            empty={
              <EmptyState title="No rack yet">
                Add the racks of this site; nodes are enrolled into a rack.
              </EmptyState>
            }
          />
        </Panel>
      ))}
      <PageCalls
        calls={[
          { label: "List the sites and their racks", call: apiCall("listSites", origin) },
          ...(mayEdit
            ? [
                {
                  label: "Add a site",
                  call: apiCall("createSite", origin),
                  body: { name: "NAME", bootOrigin: "" },
                },
                {
                  label: "Add a rack",
                  call: apiCall("createRack", origin),
                  body: { siteId: sites[0]?.id ?? "SITE", name: "NAME", units: 42 },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
