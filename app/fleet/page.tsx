import type { Metadata } from "next";
import { takeBackHoldAction } from "#app/fleet/nodes/actions";
import { PageCalls } from "#components/api/page-calls";
import { FleetBoard } from "#components/nodes/fleet-board";
import { HoldTable } from "#components/nodes/hold-table";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { Stat, StatRow } from "#components/ui/stat";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fleetBoard } from "#lib/views/fleet-board";
import { fleetHolds } from "#lib/views/fleet-holds";

export const metadata: Metadata = { title: "Fleet" };

export default async function FleetPage() {
  const grant = await requireFleetGrant("fleet.read");
  const board = await fleetBoard(database(), grant);
  const holds = await fleetHolds(database(), grant);
  const count = (...states: string[]) =>
    board.columns
      .filter((column) => states.includes(column.lifecycle))
      .reduce((sum, column) => sum + column.count, 0);
  const attention = count("failed", "quarantined");
  const mayOperate = operatorMay(grant.operatorRole, "node.operate");
  const { origin } = readSettings();
  return (
    <>
      <PageHeader
        title="Fleet"
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
      {board.total === 0 ? (
        <Panel title="Nodes" padded={false}>
          <EmptyState
            title="No nodes yet"
            action={
              <LinkButton href="/fleet/nodes/new" variant="primary">
                Enrol the first node
              </LinkButton>
            }
          >
            A node needs a rack to stand in and a node type to be compared with. Then its
            controller's address and sign-in are all it takes.
          </EmptyState>
        </Panel>
      ) : (
        <>
          <StatRow>
            <Stat label="Nodes" value={board.total} href="/fleet/nodes" />
            <Stat
              label="Available"
              value={count("available")}
              href="/fleet/nodes?lifecycle=available"
            />
            <Stat
              label="With a tenant"
              value={count("reserved", "deploying", "active")}
              href="/fleet/nodes?lifecycle=active"
            />
            <Stat
              label="On their way back"
              value={count("releasing", "sanitizing")}
              href="/fleet/nodes?lifecycle=sanitizing"
            />
            <Stat
              label="Need a person"
              value={attention}
              {...(attention > 0 ? { kind: "attention" as const } : {})}
              href="/fleet/operations?tab=stuck"
            />
          </StatRow>
          {holds.length > 0 && (
            <Panel title="Nodes on hold" padded={false}>
              <HoldTable holds={holds} {...(mayOperate ? { takeBack: takeBackHoldAction } : {})} />
            </Panel>
          )}
          <FleetBoard columns={board.columns} />
        </>
      )}
      <PageCalls
        calls={[
          { label: "List what is on hold", call: apiCall("listFleetHolds", origin) },
          ...(mayOperate
            ? [
                {
                  label: "Take back a hold",
                  call: apiCall("takeBackHold", origin, { hold: holds[0]?.id ?? "HOLD" }),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
