import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ApprovalList } from "#components/hooks/approval-list";
import { FleetHookRuns } from "#components/hooks/fleet-hook-runs";
import { hookRunStateWords } from "#components/hooks/hook-run-state";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { hookRunStates } from "#lib/domain/hook/hook";
import { hookRunsQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fleetApprovals, latestRuns } from "#lib/views/hook-runs";
import { decideApprovalAction, retryHookAction, stopAskingAction } from "./actions";

export const metadata: Metadata = { title: "Approvals and hooks" };

const here = "/fleet/hooks";

export default async function HooksPage({ searchParams }: PageProps<"/fleet/hooks">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const { state, after, waiting } = hookRunsQuery.parse(query);
  const open = await fleetApprovals(database(), grant, waiting);
  const { runs, next } = await latestRuns(database(), grant, { state, after });
  const { origin } = readSettings();
  const mayOperate = operatorMay(grant.operatorRole, "node.operate");
  const decide = apiCall("decideFleetApproval", origin, { approval: "APPROVAL" });
  return (
    <>
      <PageHeader
        title="Approvals and hooks"
        description="What templates have done besides, for every tenant, and what waits for a person."
      />
      <LiveRefresh topics={["fleet", "hooks"]} />
      <Panel title="Waiting for a decision" meta={String(open.waiting)} padded={false}>
        <ApprovalList approvals={open.approvals} decide={decideApprovalAction} />
        {(open.next || waiting) && (
          <Pagination
            summary={`${formatQuantity(open.approvals.length, "approval")}, oldest first`}
            firstHref={waiting ? pageHref(here, query, undefined, "waiting") : null}
            nextHref={open.next ? pageHref(here, query, open.next, "waiting") : null}
          />
        )}
      </Panel>
      <Panel title="Runs" padded={false}>
        <FilterBar>
          <FilterSelect
            param="state"
            label="State"
            allLabel="Every state"
            options={hookRunStates.map((value) => ({ value, label: hookRunStateWords[value] }))}
          />
        </FilterBar>
        <FleetHookRuns
          runs={runs}
          acts={mayOperate ? { retry: retryHookAction, stop: stopAskingAction } : undefined}
        />
        {(next || after) && (
          <Pagination
            summary={`${formatQuantity(runs.length, "run")}, newest first`}
            firstHref={after ? pageHref(here, query, undefined) : null}
            nextHref={next ? pageHref(here, query, next) : null}
          />
        )}
      </Panel>
      <PageCalls
        calls={[
          { label: "List what waits", call: apiCall("listFleetApprovals", origin) },
          ...(operatorMay(grant.operatorRole, "approval.decide")
            ? [
                { label: "Approve", call: decide, body: { decision: "approve", words: "WHY" } },
                { label: "Refuse", call: decide, body: { decision: "refuse", words: "WHY" } },
              ]
            : []),
          { label: "List the runs", call: apiCall("listHookRuns", origin) },
          {
            label: "Read what a script wrote on one node",
            call: apiCall("getFleetScriptLog", origin, { scriptRun: "SCRIPT_RUN" }),
          },
          ...(mayOperate
            ? [
                {
                  label: "Run a failed hook again",
                  call: apiCall("retryFleetHook", origin, { hookRun: "HOOK_RUN" }),
                },
                {
                  label: "Stop asking a provider to take something back",
                  call: apiCall("stopAsking", origin, { hookRun: "HOOK_RUN" }),
                  body: { reason: "WHY" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
