import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { removeSiteNetworkAction, setSiteNetworkAction } from "#app/fleet/racks/actions";
import { PageCalls } from "#components/api/page-calls";
import { BootRequestsPanel } from "#components/sites/boot-requests-panel";
import { FabricManagerDialog } from "#components/sites/fabric-manager-dialog";
import { LeaseScriptDialog } from "#components/sites/lease-script-dialog";
import { LeasesPanel } from "#components/sites/leases-panel";
import { NetworkDriverDialog } from "#components/sites/network-driver-dialog";
import { ProvisioningDialog } from "#components/sites/provisioning-dialog";
import { CodeBlock } from "#components/ui/code-block";
import { DownloadButton } from "#components/ui/download-button";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { driverWords } from "#lib/domain/network/driver";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { bootRequests } from "#lib/views/boot-requests";
import { siteDetail } from "#lib/views/site-detail";
import { siteLeases } from "#lib/views/site-leases";
import {
  makeLeaseScriptAction,
  removeFabricManagerAction,
  removeProvisioningAction,
  setFabricManagerAction,
  setProvisioningAction,
} from "./actions";

export const metadata: Metadata = { title: "Site" };

const leasesPerPage = 50;

export default async function SitePage({
  params,
  searchParams,
}: PageProps<"/fleet/sites/[siteId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const { origin, bootOrigin } = readSettings();
  const site = await siteDetail(database(), grant, (await params).siteId, bootOrigin);
  if (!site) notFound();
  const query = await searchParams;
  const after = Math.min(Math.max(0, Number.parseInt(String(query.after), 10) || 0), 1_000_000);
  const page = { after, limit: leasesPerPage };
  const { leases, more } = (await siteLeases(database(), grant, site.id, page)) ?? {
    leases: [],
    more: false,
  };
  const requests = await bootRequests(database(), grant, site.id);
  const path = `/fleet/sites/${site.id}`;
  const mayEdit = operatorMay(grant.operatorRole, "node.enrol");
  const provisioning = mayEdit && (
    <ProvisioningDialog site={site} set={setProvisioningAction} remove={removeProvisioningAction} />
  );
  return (
    <>
      <PageHeader
        title={site.name}
        breadcrumbs={[{ label: "Sites and racks", href: "/fleet/racks" }, { label: site.name }]}
        meta={
          <>
            <span>{formatQuantity(site.racks, "rack")}</span>
            <span>{formatQuantity(site.nodes.total, "node")}</span>
            <span>nodes boot from {site.bootOrigin ?? `the general address, ${bootOrigin}`}</span>
          </>
        }
        actions={<LinkButton href={`/fleet/fabrics?site=${site.id}`}>Fabrics</LinkButton>}
      />
      <Panel
        title="Network driver"
        description="Puts nodes on their environment's VLAN, and takes them off it."
        actions={
          mayEdit && (
            <NetworkDriverDialog
              site={site}
              set={setSiteNetworkAction}
              remove={removeSiteNetworkAction}
            />
          )
        }
      >
        <p className="text-sm">
          {site.network
            ? `Nodes are joined to networks by ${driverWords(site.network)}.`
            : "None: the site's own people join nodes to networks."}
        </p>
      </Panel>
      <Panel
        title="Fabric manager"
        description="Puts nodes' InfiniBand ports into their environment's partition, and takes them out."
        actions={
          mayEdit && (
            <FabricManagerDialog
              site={site}
              set={setFabricManagerAction}
              remove={removeFabricManagerAction}
            />
          )
        }
      >
        <p className="text-sm">
          {site.fabricManager
            ? `Partitions are set by the fabric manager at ${site.fabricManager.address}, as ${site.fabricManager.username}.`
            : "None: P_Keys are drawn and shown, and set by the site's own people."}
        </p>
      </Panel>
      <Panel
        title="Provisioning network"
        description="For nodes that boot by PXE. One whose controller sets UEFI HTTP boot needs an address, and nothing else of this."
        actions={provisioning}
        padded={site.dnsmasq !== null}
      >
        {site.dnsmasq === null ? (
          <EmptyState title="Not entered yet">
            Enter the network that nodes boot from, and a configuration for dnsmasq is made here.
          </EmptyState>
        ) : (
          <div className="flex flex-col gap-3">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="max-w-prose text-muted text-sm">
                For dnsmasq {site.dnsmasq.includes("script-on-renewal") ? "2.81" : "2.80"} or newer
                with Debian's package ipxe. The boot MAC address is known of {site.nodes.withMac} of{" "}
                {formatQuantity(site.nodes.total, "node")}; make it again when nodes come or go.
              </p>
              <DownloadButton text={site.dnsmasq} fileName="ingot-dnsmasq.conf">
                Download
              </DownloadButton>
            </div>
            <CodeBlock code={site.dnsmasq} label="dnsmasq configuration" />
          </div>
        )}
      </Panel>
      {site.provisioning && (
        <LeasesPanel
          mode={site.provisioning.mode}
          reports={site.leaseReports}
          leases={leases}
          pages={
            after > 0 || more
              ? {
                  summary: `${after + 1} to ${after + leases.length}, the last told of first`,
                  firstHref: after > 0 ? pageHref(path, query, undefined) : null,
                  nextHref: more ? pageHref(path, query, String(after + leases.length)) : null,
                }
              : null
          }
          actions={
            operatorMay(grant.operatorRole, "credential.edit") && (
              <LeaseScriptDialog
                site={site}
                wasMade={site.leaseReports !== null}
                make={makeLeaseScriptAction}
              />
            )
          }
        />
      )}
      {site.provisioning && <BootRequestsPanel requests={requests ?? []} />}
      <PageCalls
        calls={[
          { label: "Read this site", call: apiCall("getSite", origin, { site: site.id }) },
          {
            label: "List what its DHCP server handed out",
            call: apiCall("listSiteLeases", origin, { site: site.id }),
          },
          {
            label: "List who asked to boot and was given nothing",
            call: apiCall("listSiteBootRequests", origin, { site: site.id }),
          },
          ...(mayEdit
            ? [
                {
                  label: "Enter the provisioning network",
                  call: apiCall("setProvisioning", origin, { site: site.id }),
                  body: site.provisioning ?? {
                    mode: "dhcp",
                    subnet: "SUBNET",
                    firstAddress: "FIRST",
                    lastAddress: "LAST",
                    router: "ROUTER",
                    leaseMinutes: 10,
                  },
                },
              ]
            : []),
          ...(mayEdit && site.provisioning
            ? [
                {
                  label: "Remove the provisioning network",
                  call: apiCall("removeProvisioning", origin, { site: site.id }),
                },
              ]
            : []),
        ]}
        byPeopleOnly="Network drivers, fabric managers and the script that tells of leases"
      />
    </>
  );
}
