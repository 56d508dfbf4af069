import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ActivityPanel } from "#components/environments/activity-panel";
import { EnvironmentList } from "#components/environments/environment-list";
import { EnvironmentLive } from "#components/environments/environment-live";
import { GpuSummaryPanel } from "#components/gpus/gpu-summary-panel";
import { QuotaMeters } from "#components/quota/quota-meters";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { Tag } from "#components/ui/tag";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { UsePanel } from "#components/use/use-panel";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { environmentStates } from "#lib/domain/environment/state";
import { stateLabels } from "#lib/domain/environment/words";
import { environmentsQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { projectHome } from "#lib/views/project-home";

export const metadata: Metadata = { title: "Project" };

const stateOptions = [
  { value: "all", label: "All, also released" },
  ...environmentStates.map((state) => ({ value: state, label: stateLabels[state] })),
];

export default async function ProjectPage({
  params,
  searchParams,
}: PageProps<"/[tenant]/projects/[project]">) {
  const { tenant, project } = await params;
  const grant = await requireProjectGrant(tenant, project, "project.read");
  const query = await searchParams;
  const { scrapeMs } = readSettings();
  const home = await projectHome(database(), grant, environmentsQuery.parse(query), scrapeMs);
  const path = `/${tenant}/projects/${project}`;
  const filtered = Boolean(query.state || query.q || query.after);
  const launch = home.mayLaunch && (
    <LinkButton href={`${path}/environments/new`} variant="primary">
      Launch an environment
    </LinkButton>
  );
  return (
    <>
      <PageHeader
        title={home.projectName}
        breadcrumbs={[{ label: home.tenantName, href: `/${tenant}` }, { label: home.projectName }]}
        meta={
          <EnvironmentLive
            place={{ tenant, project }}
            ids={home.environments.map((environment) => environment.id)}
          />
        }
        actions={
          <>
            {home.mayAutomate && <LinkButton href={`${path}/automation`}>Automation</LinkButton>}
            <LinkButton href={`${path}/keys`}>SSH keys</LinkButton>
            <LinkButton href={`${path}/catalogue`}>Catalogue</LinkButton>
            {launch}
          </>
        }
      />
      <Panel title="Environments" padded={false}>
        <FilterBar>
          <FilterSearch label="Search environments" placeholder="Name" />
          <FilterSelect
            param="state"
            label="State"
            allLabel="Not released"
            options={stateOptions}
          />
        </FilterBar>
        <EnvironmentList
          label="Environments of this project"
          tenant={tenant}
          environments={home.environments}
          empty={
            filtered ? (
              <EmptyState title="No environment matches">
                Change or clear the filter to see others.
              </EmptyState>
            ) : (
              <EmptyState title="No environment yet" action={launch}>
                {home.mayLaunch
                  ? "Choose a template and how many nodes: minutes later you sign in by SSH."
                  : "Your role may look, but not launch. Ask a project admin for the role of a member."}
              </EmptyState>
            )
          }
        />
        {(home.next || query.after) && (
          <Pagination
            summary={`${formatQuantity(home.environments.length, "environment")}, newest first`}
            firstHref={query.after ? pageHref(path, query, undefined) : null}
            nextHref={home.next ? pageHref(path, query, home.next) : null}
          />
        )}
      </Panel>
      <GpuSummaryPanel place={{ tenant, project }} initial={home.gpusNow} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Panel title="Quota">
          <QuotaMeters meters={home.quota} />
        </Panel>
        <UsePanel
          use={home.use}
          partsLabel="Use by environment"
          parts={home.mostUsed.map(({ id, name, released, ...hours }) => ({
            ...hours,
            key: id,
            name,
            href: `${path}/environments/${id}`,
            note: released ? "released" : undefined,
          }))}
        />
        <Panel title="Members" meta={formatQuantity(home.members.length, "person", "people")}>
          <ul className="flex flex-col gap-1.5 text-sm">
            {home.members.map((member) => (
              <li key={member.userId} className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{member.name}</span>
                <span className="min-w-0 break-words text-muted">{member.email}</span>
                <span className="text-faint text-xs">{member.role}</span>
                {member.until && (
                  <Tag>
                    ends <RelativeTime at={member.until} />
                  </Tag>
                )}
              </li>
            ))}
          </ul>
        </Panel>
        <ActivityPanel events={home.activity} withObject />
      </div>
      <PageCalls
        calls={[
          {
            label: "List environments",
            call: apiCall("listEnvironments", readSettings().origin, { tenant, project }),
          },
          {
            label: "Read the quota",
            call: apiCall("getProjectQuota", readSettings().origin, { tenant, project }),
          },
          {
            label: "Read the use",
            call: apiCall("getProjectUse", readSettings().origin, { tenant, project }),
          },
          {
            label: "List holds",
            call: apiCall("listHolds", readSettings().origin, { tenant, project }),
          },
          {
            label: "Let a hold go",
            call: apiCall("letGoHold", readSettings().origin, { tenant, project, hold: "HOLD" }),
          },
          {
            label: "Follow what happens",
            call: apiCall("followProjectEvents", readSettings().origin, { tenant, project }),
            stream: true,
          },
        ]}
      />
    </>
  );
}
