import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CreatePoolDialog } from "#components/pools/create-pool-dialog";
import { PoolTable } from "#components/pools/pool-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { poolKinds, poolKindWords } from "#lib/domain/pool/pool";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { poolsView } from "#lib/views/pools";
import { createPoolAction } from "./actions";

export const metadata: Metadata = { title: "Pools" };

export default async function PoolsPage({ searchParams }: PageProps<"/fleet/pools">) {
  const grant = await requireFleetGrant("fleet.read");
  const { site, kind } = await searchParams;
  const { pools, sites } = await poolsView(database(), grant);
  const shown = pools.filter(
    (pool) => (!site || pool.site.id === site) && (!kind || pool.kind === kind),
  );
  const add = operatorMay(grant.operatorRole, "pool.edit") && sites.length > 0 && (
    <CreatePoolDialog sites={sites} create={createPoolAction} />
  );
  return (
    <>
      <PageHeader
        title="Pools"
        description="VLANs, prefixes, public addresses and InfiniBand partitions that environments draw from at launch."
        actions={pools.length > 0 && add}
      />
      <Panel title="All pools" meta={String(pools.length)} padded={false}>
        {pools.length > 0 && (
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
              options={poolKinds.map((value) => ({ value, label: poolKindWords[value].name }))}
            />
          </FilterBar>
        )}
        <PoolTable
          pools={shown}
          empty={
            sites.length === 0 ? (
              <EmptyState
                title="No site yet"
                action={<LinkButton href="/fleet/racks">Sites and racks</LinkButton>}
              >
                A pool belongs to a site. Add one first.
              </EmptyState>
            ) : pools.length === 0 ? (
              <EmptyState title="No pool yet" action={add}>
                Without pools, environments share whatever network the site gives to all. Begin with
                VLANs and private prefixes, then ask for them in a template.
              </EmptyState>
            ) : (
              <EmptyState
                title="No pool matches"
                action={<LinkButton href="/fleet/pools">Show all pools</LinkButton>}
              >
                Take a filter away.
              </EmptyState>
            )
          }
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the pools", call: apiCall("listPools", readSettings().origin) },
          ...(add
            ? [
                {
                  label: "Add a pool",
                  call: apiCall("createPool", readSettings().origin),
                  body: {
                    siteId: sites[0]?.id,
                    kind: "vlan",
                    name: "NAME",
                    ranges: "2000-2099",
                    warnPercent: 80,
                    cooldownMinutes: 60,
                  },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
