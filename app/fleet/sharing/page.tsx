import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { SharingTable } from "#components/sharing/sharing-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { sharingMatrix } from "#lib/views/sharing-matrix";
import { changeSharesAction } from "./actions";

export const metadata: Metadata = { title: "Sharing" };

export default async function SharingPage({ searchParams }: PageProps<"/fleet/sharing">) {
  const grant = await requireFleetGrant("fleet.read");
  const { tenant: asked } = await searchParams;
  const slug = typeof asked === "string" ? asked : undefined;
  const { tenants, tenant, projects, rows } = await sharingMatrix(database(), grant, slug);
  const [first, ...others] = tenants;
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { origin } = readSettings();
  const read = apiCall("getSharing", origin);
  return (
    <>
      <PageHeader
        title="Sharing"
        description="Which tenants and projects may use which parts of the catalogue. A launch needs the template, the profiles of its groups and an image; the default image of a profile comes with it."
      />
      <Panel title={tenant ? `Shared with ${tenant.name}` : "Nobody to share with"} padded={false}>
        {tenant && first && (
          <FilterBar>
            <FilterSelect
              param="tenant"
              label="Tenant"
              allLabel={first.name}
              options={others.map((each) => ({ value: each.slug, label: each.name }))}
            />
          </FilterBar>
        )}
        {tenant === null ? (
          <EmptyState
            title="There is no tenant yet"
            action={<LinkButton href="/fleet/tenants">Tenants</LinkButton>}
          >
            Parts of the catalogue are shared with tenants and their projects.
          </EmptyState>
        ) : (
          <SharingTable
            key={tenant.slug}
            tenant={tenant}
            projects={projects}
            rows={rows}
            change={mayEdit ? changeSharesAction : undefined}
          />
        )}
      </Panel>
      <PageCalls
        calls={[
          {
            label: "Read who has what",
            call: tenant ? { ...read, url: `${read.url}?tenant=${tenant.slug}` } : read,
          },
          ...(mayEdit
            ? [
                {
                  label: "Share a part, or take it away",
                  call: apiCall("changeShares", origin),
                  body: {
                    kind: "template",
                    id: "TEMPLATE_ID",
                    tenantIds: [],
                    projectIds: [projects[0]?.id ?? "PROJECT_ID"],
                    isShared: true,
                  },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
