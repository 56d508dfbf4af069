import type { Metadata } from "next";
import { EnvironmentList } from "#components/environments/environment-list";
import { GpuSummaryPanel } from "#components/gpus/gpu-summary-panel";
import { QuotaMeters } from "#components/quota/quota-meters";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { UsePanel } from "#components/use/use-panel";
import { formatCount } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { type TenantHome, tenantHome } from "#lib/views/tenant-home";

export const metadata: Metadata = { title: "Home" };

export default async function TenantPage({ params }: PageProps<"/[tenant]">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.read");
  const home = await tenantHome(database(), grant, readSettings().scrapeMs);
  return (
    <>
      <PageHeader title={home.tenantName} />
      <Panel title="Wants a look" padded={false} description="Failed, degraded or in motion now">
        <EnvironmentList
          label="Environments that want a look"
          tenant={tenant}
          environments={home.attention}
          withProject
          empty={
            <EmptyState title="Everything is at rest">
              Environments that fail, lose a node&apos;s health or are being changed appear here.
            </EmptyState>
          }
        />
      </Panel>
      <GpuSummaryPanel place={{ tenant }} initial={home.gpusNow} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Panel title="Projects" padded={false}>
          <DataTable
            label="Projects you have a role in"
            columns={projectColumns(tenant)}
            rows={home.projects}
            rowKey={(project) => project.id}
            empty={
              <EmptyState title="No project yet">
                {home.mayCreateProject
                  ? "A project is a team's place: its environments, members and quota. Create the first one under Members."
                  : "You have no role in a project yet. Ask an owner or admin of the tenant for one."}
              </EmptyState>
            }
          />
        </Panel>
        <div className="flex flex-col gap-5">
          <Panel title="Quota">
            <QuotaMeters meters={home.quota} />
          </Panel>
          <UsePanel
            use={home.use}
            partsLabel="Use by project"
            parts={home.projects
              .filter((project) => project.used.nodeHours > 0)
              .toSorted((a, b) => b.used.gpuHours - a.used.gpuHours)
              .map((project) => ({
                ...project.used,
                key: project.id,
                name: project.name,
                href: `/${tenant}/projects/${project.slug}`,
              }))}
          />
        </div>
      </div>
    </>
  );
}

function projectColumns(tenant: string): Column<TenantHome["projects"][number]>[] {
  return [
    {
      id: "name",
      header: "Project",
      rowHeader: true,
      cell: (project) => (
        <TextLink href={`/${tenant}/projects/${project.slug}`} quiet>
          {project.name}
        </TextLink>
      ),
    },
    {
      id: "environments",
      header: "Environments",
      align: "end",
      cell: (project) => formatCount(project.environments),
    },
    { id: "nodes", header: "Nodes held", align: "end", cell: (p) => formatCount(p.nodes) },
    { id: "gpus", header: "GPUs held", align: "end", cell: (p) => formatCount(p.gpus) },
  ];
}
