import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ApprovalList } from "#components/hooks/approval-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { tenantApprovals } from "#lib/views/hook-runs";
import { answerApprovalAction } from "./actions";

export const metadata: Metadata = { title: "Approvals" };

export default async function ApprovalsPage({ params }: PageProps<"/[tenant]/approvals">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "approval.answer");
  const approvals = await tenantApprovals(database(), grant);
  return (
    <>
      <PageHeader
        title="Approvals"
        description="What this tenant's environments wait for, and who decides."
      />
      <Panel title="Waiting for a decision" meta={String(approvals.length)} padded={false}>
        <ApprovalList approvals={approvals} decide={answerApprovalAction.bind(null, tenant)} />
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
