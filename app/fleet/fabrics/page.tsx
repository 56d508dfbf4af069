import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CreateFabricDialog } from "#components/fabrics/create-fabric-dialog";
import { FabricTable } from "#components/fabrics/fabric-table";
import { NvlinkProposals } from "#components/fabrics/nvlink-proposals";
import { NvlinkTable } from "#components/fabrics/nvlink-table";
import { Callout } from "#components/ui/callout";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { fabricKinds, fabricKindWords } from "#lib/domain/fabric/fabric";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fabricsView } from "#lib/views/fabrics";
import { nvlinkNodes } from "#lib/views/nvlink-nodes";
import { acceptNvlinkDomainAction, createFabricAction } from "./actions";

export const metadata: Metadata = { title: "Fabrics" };

const mostNvlinkNodes = 100;

export default async function FabricsPage({ searchParams }: PageProps<"/fleet/fabrics">) {
  const grant = await requireFleetGrant("fleet.read");
  const { site, kind } = await searchParams;
  const { fabrics, sites } = await fabricsView(database(), grant);
  const nvlink = await nvlinkNodes(database(), grant);
  const joined = nvlink.nodes.filter((node) => !site || node.site.id === site);
  const shown = fabrics.filter(
    (fabric) => (!site || fabric.site.id === site) && (!kind || fabric.kind === kind),
  );
  const unplaced = sites.filter((each) => each.unplaced > 0 && (!site || each.id === site));
  const [proposal] = nvlink.proposals;
  const mayEdit = operatorMay(grant.operatorRole, "node.enrol");
  const add = mayEdit && sites.length > 0 && (
    <CreateFabricDialog sites={sites} create={createFabricAction} />
  );
  return (
    <>
      <PageHeader
        title="Fabrics"
        description="InfiniBand leaves and rails, and NVLink domains: where nodes lie to each other."
        actions={fabrics.length > 0 && add}
      />
      {unplaced.map((each) => (
        <Callout
          key={each.id}
          kind="attention"
          title={`${each.name}: the place of ${formatQuantity(each.unplaced, "InfiniBand port")} is not known`}
        >
          Controllers report these ports, but no fabric lists them. Open the fabric and place its
          ports.
        </Callout>
      ))}
      <NvlinkProposals
        proposals={nvlink.proposals.filter((each) => !site || each.site.id === site)}
        accept={mayEdit ? acceptNvlinkDomainAction : null}
      />
      <Panel title="All fabrics" meta={String(fabrics.length)} padded={false}>
        {fabrics.length > 0 && (
          <FilterBar>
            <FilterSelect
              param="site"
              label="Site"
              allLabel="Every site"
              options={sites.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <FilterSelect
              param="kind"
              label="Kind"
              allLabel="Every kind"
              options={fabricKinds.map((value) => ({ value, label: fabricKindWords[value] }))}
            />
          </FilterBar>
        )}
        <FabricTable
          fabrics={shown}
          empty={
            sites.length === 0 ? (
              <EmptyState
                title="No site yet"
                action={<LinkButton href="/fleet/racks">Sites and racks</LinkButton>}
              >
                A fabric belongs to a site. Add one first.
              </EmptyState>
            ) : fabrics.length === 0 ? (
              <EmptyState title="No fabric yet" action={add}>
                Add the InfiniBand fabric of a site, then say where its ports are plugged in. Until
                then launches keep nodes of one rack together, and know of no leaf.
              </EmptyState>
            ) : (
              <EmptyState
                title="No fabric matches"
                action={<LinkButton href="/fleet/fabrics">Show all fabrics</LinkButton>}
              >
                Take a filter away.
              </EmptyState>
            )
          }
        />
      </Panel>
      <Panel
        title="NVLink"
        meta={formatQuantity(joined.length, "node")}
        description="Nodes whose controllers list NVLinks of their GPUs, that tell a domain over several nodes, or were assigned to one."
        padded={false}
      >
        <NvlinkTable
          nodes={joined.slice(0, mostNvlinkNodes)}
          empty={
            <EmptyState title="No NVLink known">
              No controller lists NVLinks of its GPUs, and no node was assigned to a domain.
            </EmptyState>
          }
        />
        {joined.length > mostNvlinkNodes && (
          <p className="border-line border-t px-4 py-2 text-muted text-xs">
            The first {mostNvlinkNodes} of {joined.length}. Choose a site to see its own.
          </p>
        )}
      </Panel>
      <PageCalls
        calls={[
          { label: "List the fabrics", call: apiCall("listFabrics", readSettings().origin) },
          ...(add
            ? [
                {
                  label: "Add a fabric",
                  call: apiCall("createFabric", readSettings().origin),
                  body: { siteId: sites[0]?.id, kind: "infiniband", name: "NAME" },
                },
                {
                  label: "Make a domain of nodes that say they share one",
                  call: apiCall("acceptNvlinkDomain", readSettings().origin),
                  body: { siteId: proposal?.site.id, told: proposal?.told ?? "TOLD", name: "NAME" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
