import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { WorkTable } from "#components/operations/work-table";
import { Callout } from "#components/ui/callout";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { Tabs } from "#components/ui/tabs";
import { TextLink } from "#components/ui/text-link";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { operationsQuery, type WorkTab, workTabs } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { portDrifts } from "#lib/views/port-drifts";
import { workList } from "#lib/views/work-list";

export const metadata: Metadata = { title: "Operations" };

const words: Record<WorkTab, { label: string; empty: string; teach: string }> = {
  stuck: {
    label: "Needs a person",
    empty: "Nothing needs you",
    teach:
      "Work that cannot be taken back, waits for you, or failed and was not repaired stands here.",
  },
  live: {
    label: "Under way",
    empty: "Nothing is under way",
    teach: "Enrolments, deployments and wipes stand here while they run.",
  },
  ended: {
    label: "Ended",
    empty: "Nothing has ended yet",
    teach: "What was done stands here, newest first.",
  },
};

export default async function OperationsPage({ searchParams }: PageProps<"/fleet/operations">) {
  const grant = await requireFleetGrant("fleet.read");
  const { tab, after } = operationsQuery.parse(await searchParams);
  const work = await workList(database(), grant, { tab, after });
  const drifts = await portDrifts(database(), grant);
  const { origin } = readSettings();
  return (
    <>
      <PageHeader title="Operations" meta={<LiveRefresh topics={["fleet"]} />} />
      <Tabs
        label="Operations"
        items={workTabs.map((known) => ({
          href: `/fleet/operations?tab=${known}`,
          label: words[known].label,
          count: known === "ended" ? null : work.counts[known],
          active: known === tab,
        }))}
      />
      {tab === "stuck" && drifts.length > 0 && (
        <Callout
          kind="critical"
          title={
            drifts.length === 1
              ? "A node's network is not as it should be"
              : `The network of ${drifts.length} node ports is not as it should be`
          }
        >
          <ul>
            {drifts.slice(0, 20).map((drift) => (
              <li key={`${drift.node.id} ${drift.port}`}>
                <TextLink href={`/fleet/nodes/${drift.node.id}`}>{drift.node.name}</TextLink>,{" "}
                {drift.port}: {drift.words}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      <Panel title={words[tab].label} padded={false}>
        {work.lines.length === 0 ? (
          <EmptyState title={words[tab].empty}>{words[tab].teach}</EmptyState>
        ) : (
          <>
            <WorkTable rows={work.lines} />
            <Pagination
              summary={`${work.lines.length} operations`}
              firstHref={after ? `/fleet/operations?tab=${tab}` : null}
              nextHref={work.next ? `/fleet/operations?tab=${tab}&after=${work.next}` : null}
            />
          </>
        )}
      </Panel>
      <PageCalls
        calls={[
          { label: "List operations", call: apiCall("listFleetOperations", origin) },
          {
            label: "Read one",
            call: apiCall("getFleetOperation", origin, { operation: "OPERATION" }),
          },
        ]}
      />
    </>
  );
}
