import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { AuditTable } from "#components/audit/audit-table";
import { VerifyPanel } from "#components/audit/verify-panel";
import { PageHeader } from "#components/ui/page-header";
import { apiCall } from "#lib/api/table";
import { auditExportHref } from "#lib/client/audit-export-href";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { auditFilter } from "#lib/schemas/audit";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { auditLog } from "#lib/views/audit-log";
import { verifyTenantAuditAction } from "./actions";

export const metadata: Metadata = { title: "Audit log" };

export default async function TenantAuditPage({
  params,
  searchParams,
}: PageProps<"/[tenant]/audit">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.audit");
  const query = await searchParams;
  const { events, after } = await auditLog(database(), grant, auditFilter.parse(query));
  const path = `/${tenant}/audit`;
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Every change and every refused attempt in this tenant, also those of the fleet's operators. Nothing in it can be changed or removed."
      />
      <VerifyPanel verify={verifyTenantAuditAction.bind(null, tenant, {})} />
      <AuditTable
        events={events}
        withTenant={false}
        filtered={Object.keys(query).some((key) => key !== "after")}
        firstHref={query.after ? pageHref(path, query, undefined) : null}
        exportHref={auditExportHref(query, tenant)}
        nextHref={after ? pageHref(path, query, after) : null}
      />
      <PageCalls
        calls={[
          {
            label: "List events",
            call: apiCall("listAuditEvents", readSettings().origin, { tenant }),
          },
          {
            label: "Verify the log",
            call: apiCall("verifyAudit", readSettings().origin, { tenant }),
          },
          {
            label: "Follow what happens",
            call: apiCall("followTenantEvents", readSettings().origin, { tenant }),
            stream: true,
          },
        ]}
      />
    </>
  );
}
