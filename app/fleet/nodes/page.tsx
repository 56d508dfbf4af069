import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { lifecycleLooks } from "#components/nodes/node-state";
import { NodeTable } from "#components/nodes/node-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { apiCall } from "#lib/api/table";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { nodesQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { nodeList } from "#lib/views/node-list";

export const metadata: Metadata = { title: "Nodes" };

export default async function NodesPage({ searchParams }: PageProps<"/fleet/nodes">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const { lifecycle, type, rack, q, after } = nodesQuery.parse(query);
  const list = await nodeList(database(), grant, {
    lifecycle: lifecycle && [lifecycle],
    nodeTypeId: type,
    rackId: rack,
    search: q,
    after,
  });
  const filtered = Object.keys(query).some((key) => key !== "after");
  return (
    <>
      <PageHeader
        title="Nodes"
        meta={<LiveRefresh topics={["fleet"]} />}
        actions={
          <>
            <LinkButton href="/fleet/nodes/import">Enrol many</LinkButton>
            <LinkButton href="/fleet/nodes/new" variant="primary">
              Enrol a node
            </LinkButton>
          </>
        }
      />
      <Panel title="All nodes" padded={false}>
        <FilterBar>
          <FilterSearch label="Search nodes" placeholder="Name, serial, MAC or address" />
          <FilterSelect
            param="lifecycle"
            label="Lifecycle"
            allLabel="Every lifecycle"
            options={nodeLifecycles.map((lifecycle) => ({
              value: lifecycle,
              label: `${lifecycleLooks[lifecycle].word} (${list.counts[lifecycle] ?? 0})`,
            }))}
          />
          <FilterSelect
            param="type"
            label="Node type"
            allLabel="Every node type"
            options={list.nodeTypes.map((type) => ({ value: type.id, label: type.name }))}
          />
          <FilterSelect
            param="rack"
            label="Rack"
            allLabel="Every rack"
            options={list.racks.map((rack) => ({ value: rack.id, label: rack.name }))}
          />
        </FilterBar>
        {list.lines.length === 0 ? (
          <EmptyState
            title={filtered ? "No node matches" : "No nodes yet"}
            action={
              filtered ? (
                <LinkButton href="/fleet/nodes">Show all nodes</LinkButton>
              ) : (
                <LinkButton href="/fleet/nodes/new" variant="primary">
                  Enrol the first node
                </LinkButton>
              )
            }
          >
            {filtered
              ? "Take a filter away, or search for another part of the name."
              : "A node is enrolled by its controller's address and sign-in."}
          </EmptyState>
        ) : (
          <>
            <NodeTable rows={list.lines} />
            <Pagination
              summary={`${list.lines.length} ${list.lines.length === 1 ? "node" : "nodes"}, by name`}
              firstHref={query.after ? pageHref("/fleet/nodes", query, undefined) : null}
              nextHref={list.after ? pageHref("/fleet/nodes", query, list.after) : null}
            />
          </>
        )}
      </Panel>
      <PageCalls
        calls={[{ label: "List nodes", call: apiCall("listNodes", readSettings().origin) }]}
      />
    </>
  );
}
