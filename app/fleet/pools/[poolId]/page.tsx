import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { PoolActions } from "#components/pools/pool-dialogs";
import { PoolItemsTable } from "#components/pools/pool-items-table";
import { PoolLevelText } from "#components/pools/pool-level";
import { kindWords } from "#components/pools/pool-table";
import { KeyValueList } from "#components/ui/key-value-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { Stat, StatRow } from "#components/ui/stat";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { poolDetail } from "#lib/views/pools";
import {
  changePoolAction,
  liftReservationAction,
  reservePoolItemsAction,
  retirePoolAction,
} from "../actions";

export const metadata: Metadata = { title: "Pool" };

export default async function PoolPage({ params }: PageProps<"/fleet/pools/[poolId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "pool.edit");
  const pool = await poolDetail(database(), grant, (await params).poolId);
  if (!pool) notFound();
  const { origin } = readSettings();
  const here = { pool: pool.id };
  return (
    <>
      <PageHeader
        title={pool.name}
        breadcrumbs={[{ label: "Pools", href: "/fleet/pools" }, { label: pool.name }]}
        state={<PoolLevelText level={pool.level} forecast={pool.forecast} />}
        actions={
          mayEdit && (
            <PoolActions
              pool={pool}
              acts={{
                change: changePoolAction,
                reserve: reservePoolItemsAction,
                retire: retirePoolAction,
              }}
            />
          )
        }
      />
      <StatRow>
        <Stat label="Free" value={pool.free} detail={`of ${pool.total}`} />
        <Stat label="Held" value={pool.held} />
        <Stat label="Cooling down" value={pool.cooling} />
        <Stat label="Reserved" value={pool.reserved} />
        <Stat
          label="Taken"
          value={pool.usedPercent}
          unit="%"
          detail={`warns from ${pool.warnPercent}%`}
        />
      </StatRow>
      <Panel title="What it is">
        <KeyValueList
          columns={2}
          items={[
            { label: "Site", value: pool.site.name },
            { label: "Kind", value: kindWords(pool) },
            { label: "Holds", value: <span className="font-mono">{pool.ranges}</span> },
            {
              label: "Cool-down",
              value:
                pool.cooldownMinutes === 0
                  ? "none: free at once"
                  : formatQuantity(pool.cooldownMinutes, "minute"),
              hint: "after a release",
            },
          ]}
        />
      </Panel>
      <Panel
        title="Not free"
        meta={pool.more ? `the first ${pool.items.length}` : String(pool.items.length)}
        padded={false}
      >
        <PoolItemsTable items={pool.items} lift={mayEdit ? liftReservationAction : undefined} />
      </Panel>
      <PageCalls
        calls={[
          { label: "Read this pool", call: apiCall("getPool", origin, here) },
          ...(mayEdit
            ? [
                {
                  label: "Enlarge or shrink",
                  call: apiCall("changePool", origin, here),
                  body: {
                    ranges: pool.ranges,
                    warnPercent: pool.warnPercent,
                    cooldownMinutes: pool.cooldownMinutes,
                  },
                },
                {
                  label: "Reserve",
                  call: apiCall("reservePoolItems", origin, here),
                  body: { items: "ITEMS", reason: "WHY" },
                },
                {
                  label: "Lift a reservation",
                  call: apiCall("liftReservation", origin, { item: "ITEM" }),
                },
                { label: "Retire", call: apiCall("retirePool", origin, here) },
              ]
            : []),
        ]}
      />
    </>
  );
}
