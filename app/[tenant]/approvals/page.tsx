import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ApprovalList } from "#components/hooks/approval-list";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { approvalsQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { tenantApprovals } from "#lib/views/hook-runs";
import { answerApprovalAction } from "./actions";

export const metadata: Metadata = { title: "Approvals" };

export default async function ApprovalsPage({
  params,
  searchParams,
}: PageProps<"/[tenant]/approvals">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "approval.answer");
  const query = await searchParams;
  const { after } = approvalsQuery.parse(query);
  const { approvals, waiting, next } = await tenantApprovals(database(), grant, after);
  const path = `/${tenant}/approvals`;
  return (
    <>
      <PageHeader
        title="Approvals"
        description="What environments wait for, and who decides."
        meta={<LiveRefresh topics={[`approvals:${grant.tenantId}`]} place={{ tenant }} />}
      />
      <Panel title="Waiting for a decision" meta={String(waiting)} padded={false}>
        <ApprovalList approvals={approvals} decide={answerApprovalAction.bind(null, tenant)} />
        {(next || after) && (
          <Pagination
            summary={`${formatQuantity(approvals.length, "approval")}, oldest first`}
            firstHref={after ? pageHref(path, query, undefined) : null}
            nextHref={next ? pageHref(path, query, next) : null}
          />
        )}
      </Panel>
      <PageCalls
        calls={[
          {
            label: "List what waits",
            call: apiCall("listApprovals", readSettings().origin, { tenant }),
          },
          {
            label: "Approve",
            call: apiCall("decideApproval", readSettings().origin, {
              tenant,
              approval: "APPROVAL",
            }),
            body: { decision: "approve", words: "WHY" },
          },
          {
            label: "Refuse",
            call: apiCall("decideApproval", readSettings().origin, {
              tenant,
              approval: "APPROVAL",
            }),
            body: { decision: "refuse", words: "WHY" },
          },
        ]}
      />
    </>
  );
}
