import type { Metadata } from "next";
import { ApprovalList } from "#components/hooks/approval-list";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
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
    </>
  );
}
