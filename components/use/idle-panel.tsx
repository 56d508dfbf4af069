import { Callout } from "#components/ui/callout";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatCount, formatGpuHours, formatQuantity, formatUtc } from "#lib/client/format";

type IdleEnvironment = {
  id: string;
  name: string;
  tenant: { slug: string; name: string };
  project: { slug: string; name: string; idleGpus: number };
  idleGpus: number;
  heldGpus: number;
  heldNodes: number;
  since: string;
  idleGpuHours: number;
};

export type IdlePanelProps = {
  idle: {
    judgedUntil: string | null;
    outdated: boolean;
    environments: readonly IdleEnvironment[];
    more: boolean;
  };
  /** For operators: whose each is. Tenants have a page of each environment. */
  withTenant: boolean;
};

/** The projects whose GPUs are idle now, with their environments: since when, and how much they hold. */
export function IdlePanel({ idle, withTenant }: IdlePanelProps) {
  const { judgedUntil, outdated, environments, more } = idle;
  const meta = judgedUntil ? `judged until ${formatUtc(judgedUntil)}` : "not judged yet";
  return (
    <Panel
      id="idle"
      title="Idle now"
      meta={meta}
      description="Activity under 1 % and power under a quarter of the limit all through a half hour of the clock, of which at least 15 minutes were measured. A GPU that was measured for less is not listed."
      padded={false}
    >
      {outdated && judgedUntil && (
        <div className="px-4 py-3">
          <Callout kind="attention" title="This is how it was, not how it is">
            Use has not been judged since {formatUtc(judgedUntil)}. The worker does it every half
            hour; whoever runs Ingot should look at its log.
          </Callout>
        </div>
      )}
      <DataTable
        label="Projects with idle GPUs"
        rows={projectsOf(environments)}
        rowKey={(project) => project.key}
        columns={withTenant ? [name(false), tenant, ...figures] : [name(true), ...figures]}
        empty={
          <EmptyState title={judgedUntil ? "Nothing is idle" : "Nothing is known yet"}>
            {judgedUntil
              ? "Every GPU that is held and measured did something in the half hour that was judged last."
              : "The list fills once GPUs that are held have been measured for at least 15 minutes of a half hour."}
          </EmptyState>
        }
      />
      {more && (
        <p className="border-line border-t px-4 py-2 text-muted text-xs">
          The {formatCount(environments.length)} environments of the projects with the most idle
          GPUs; there are more.
        </p>
      )}
    </Panel>
  );
}

type IdleProject = {
  key: string;
  tenant: IdleEnvironment["tenant"];
  project: IdleEnvironment["project"];
  environments: IdleEnvironment[];
};

/** Project by project, in the order in which their first environments come. */
function projectsOf(environments: readonly IdleEnvironment[]): IdleProject[] {
  const grouped = Map.groupBy(
    environments,
    ({ tenant, project }) => `${tenant.slug}/${project.slug}`,
  );
  return [...grouped].flatMap(([key, [first, ...others]]) =>
    first
      ? [{ key, tenant: first.tenant, project: first.project, environments: [first, ...others] }]
      : [],
  );
}

const sumOf = ({ environments }: IdleProject, figure: "heldNodes" | "idleGpuHours"): number =>
  environments.reduce((sum, environment) => sum + environment[figure], 0);

const name = (ofTenant: boolean): Column<IdleProject> => ({
  id: "name",
  header: "Project",
  rowHeader: true,
  cell: ({ tenant, project, environments }) => {
    const home = `/${tenant.slug}/projects/${project.slug}`;
    return (
      <>
        {/* Operators have no page of a tenant's project: its tenant's is where one goes on. */}
        <TextLink href={ofTenant ? home : `/fleet/tenants/${tenant.slug}`}>{project.name}</TextLink>
        <ul aria-label={`Environments of ${project.name}`} className="mt-1 text-muted text-xs">
          {environments.map(({ id, name, idleGpus, heldGpus, since }) => (
            <li key={id}>
              {ofTenant ? (
                <TextLink quiet href={`${home}/environments/${id}`}>
                  {name}
                </TextLink>
              ) : (
                name
              )}
              : {formatCount(idleGpus)} of {formatCount(heldGpus)} idle, all since{" "}
              <RelativeTime at={since} focusable={false} />
            </li>
          ))}
        </ul>
      </>
    );
  },
});

const tenant: Column<IdleProject> = {
  id: "tenant",
  header: "Tenant",
  cell: ({ tenant }) => tenant.name,
};

const figures: Column<IdleProject>[] = [
  {
    id: "idle",
    header: "Idle GPUs",
    align: "end",
    cell: ({ project }) => formatCount(project.idleGpus),
  },
  {
    id: "nodes",
    header: "Holds",
    align: "end",
    cell: (row) => formatQuantity(sumOf(row, "heldNodes"), "node"),
  },
  {
    id: "hours",
    header: "Idle so far",
    align: "end",
    cell: (row) => formatGpuHours(sumOf(row, "idleGpuHours")),
  },
];
