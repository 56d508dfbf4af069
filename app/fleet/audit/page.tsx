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
import { requireFleetGrant } from "#lib/server/require-grant";
import { auditLog } from "#lib/views/audit-log";
import { verifyFleetAuditAction } from "./actions";

export const metadata: Metadata = { title: "Audit log" };

export default async function FleetAuditPage({ searchParams }: PageProps<"/fleet/audit">) {
  const grant = await requireFleetGrant("fleet.audit");
  const query = await searchParams;
  const { events, after } = await auditLog(database(), grant, auditFilter.parse(query));
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Every change and every refused attempt, of operators and of all tenants. Nothing in it can be changed or removed."
      />
      <VerifyPanel verify={verifyFleetAuditAction.bind(null, {})} />
      <AuditTable
        events={events}
        withTenant
        filtered={Object.keys(query).some((key) => key !== "after")}
        firstHref={query.after ? pageHref("/fleet/audit", query, undefined) : null}
        exportHref={auditExportHref(query)}
        nextHref={after ? pageHref("/fleet/audit", query, after) : null}
      />
      <PageCalls
        calls={[
          {
            label: "List the events",
            call: apiCall("listFleetAuditEvents", readSettings().origin),
          },
          { label: "Verify the log", call: apiCall("verifyFleetAudit", readSettings().origin) },
        ]}
      />
    </>
  );
}
