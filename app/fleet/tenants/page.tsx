import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CreateTenantDialog } from "#components/tenants/create-tenant-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { tenantsView } from "#lib/views/tenants";
import { createTenantAction } from "./actions";

export const metadata: Metadata = { title: "Tenants" };

export default async function TenantsPage() {
  const grant = await requireFleetGrant("fleet.read");
  const tenants = await tenantsView(database(), grant);
  const add = operatorMay(grant.operatorRole, "tenant.create") && (
    <CreateTenantDialog create={createTenantAction} />
  );
  return (
    <>
      <PageHeader
        title="Tenants"
        description="Who takes nodes: each with members, projects and a quota of its own."
        actions={tenants.length > 0 && add}
      />
      <Panel title="All tenants" meta={String(tenants.length)} padded={false}>
        <DataTable
          label="Tenants"
          rows={tenants}
          rowKey={(tenant) => tenant.id}
          columns={[
            {
              id: "name",
              header: "Tenant",
              rowHeader: true,
              cell: (tenant) => (
                <>
                  <TextLink quiet href={`/fleet/tenants/${tenant.slug}`}>
                    {tenant.name}
                  </TextLink>
                  <span className="block font-mono text-faint text-xs">{tenant.slug}</span>
                </>
              ),
            },
            {
              id: "members",
              header: "Members",
              align: "end",
              cell: (tenant) => (
                <>
                  {tenant.members}
                  {tenant.owners === 0 && (
                    <span className="block text-attention text-xs">no owner</span>
                  )}
                </>
              ),
            },
            { id: "projects", header: "Projects", align: "end", cell: (row) => row.projects },
            {
              id: "limits",
              header: "Limits",
              align: "end",
              cell: (tenant) => tenant.limits || <span className="text-attention">no quota</span>,
            },
            { id: "nodes", header: "Nodes held", align: "end", cell: (row) => row.nodesHeld },
            { id: "gpus", header: "GPUs held", align: "end", cell: (row) => row.gpusHeld },
          ]}
          empty={
            <EmptyState title="No tenant yet" action={add}>
              Add the first team: then give it an owner, a project and a quota.
            </EmptyState>
          }
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the tenants", call: apiCall("listTenants", readSettings().origin) },
          ...(add
            ? [
                {
                  label: "Add a tenant",
                  call: apiCall("createTenant", readSettings().origin),
                  body: { slug: "TENANT", name: "NAME" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
