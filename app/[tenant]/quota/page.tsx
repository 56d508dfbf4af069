import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { QuotaBoard } from "#components/quota/quota-board";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { tenantRoleMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { quotaBoard } from "#lib/views/quota-board";
import { setProjectQuotaAction } from "./actions";

export const metadata: Metadata = { title: "Quota" };

export default async function QuotaPage({ params }: PageProps<"/[tenant]/quota">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.read");
  const board = await quotaBoard(database(), grant);
  const maySplit = tenantRoleMay(grant.role, "quota.split");
  return (
    <>
      <PageHeader
        title="Quota"
        description="How much may be held at once. A stopped environment keeps its nodes and its quota; a released one gives both back at once."
      />
      <QuotaBoard
        projects={board.projects}
        lines={board.lines}
        setProject={maySplit ? setProjectQuotaAction.bind(null, tenant) : undefined}
        empty={
          <Panel title="Quota" padded={false}>
            <EmptyState title="No quota yet">
              The fleet's operators set what this tenant may hold. Ask them for GPUs of a model.
            </EmptyState>
          </Panel>
        }
      />
      <PageCalls
        calls={[
          {
            label: "Read the quota",
            call: apiCall("getTenantQuota", readSettings().origin, { tenant }),
          },
          ...(maySplit
            ? [
                {
                  label: "Promise a project a part",
                  call: apiCall("splitQuota", readSettings().origin, { tenant }),
                  body: {
                    projectId: board.projects[0]?.id ?? "PROJECT",
                    dimension: board.lines[0]?.dimension ?? "gpus",
                    subject: board.lines[0]?.subject ?? "GPU_MODEL",
                    limit: 8,
                  },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
