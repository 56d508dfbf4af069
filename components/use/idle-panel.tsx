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
  project: { slug: string; name: string };
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

/** The environments whose GPUs are idle now: since when, and how much they hold. */
export function IdlePanel({ idle, withTenant }: IdlePanelProps) {
  const { judgedUntil, outdated, environments, more } = idle;
  const meta = judgedUntil ? `judged until ${formatUtc(judgedUntil)}` : "not judged yet";
  return (
    <Panel
      id="idle"
      title="Idle now"
      meta={meta}
      description="Half an hour or longer with activity under 1 % and power under a quarter of the limit. A GPU that was not measured is not listed."
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
        label="Environments with idle GPUs"
        rows={environments}
        rowKey={(environment) => environment.id}
        columns={withTenant ? [name(false), tenant, ...figures] : [name(true), ...figures]}
        empty={
          <EmptyState title={judgedUntil ? "Nothing is idle" : "Nothing is known yet"}>
            {judgedUntil
              ? "Every GPU that is held and measured works, or has rested for less than half an hour."
              : "The list fills once GPUs that are held have been measured for half an hour."}
          </EmptyState>
        }
      />
      {more && (
        <p className="border-line border-t px-4 py-2 text-muted text-xs">
          The {formatCount(environments.length)} with the most idle GPUs; there are more.
        </p>
      )}
    </Panel>
  );
}

const name = (linked: boolean): Column<IdleEnvironment> => ({
  id: "name",
  header: "Environment",
  rowHeader: true,
  cell: ({ id, name, tenant, project }) => (
    <>
      {linked ? (
        <TextLink quiet href={`/${tenant.slug}/projects/${project.slug}/environments/${id}`}>
          {name}
        </TextLink>
      ) : (
        <span className="font-medium">{name}</span>
      )}
      <span className="block text-faint text-xs">{project.name}</span>
    </>
  ),
});

const tenant: Column<IdleEnvironment> = {
  id: "tenant",
  header: "Tenant",
  cell: ({ tenant }) => (
    <TextLink quiet href={`/fleet/tenants/${tenant.slug}`}>
      {tenant.name}
    </TextLink>
  ),
};

const figures: Column<IdleEnvironment>[] = [
  {
    id: "idle",
    header: "Idle GPUs",
    align: "end",
    cell: ({ idleGpus, heldGpus }) => `${formatCount(idleGpus)} of ${formatCount(heldGpus)}`,
  },
  {
    id: "nodes",
    header: "Holds",
    align: "end",
    cell: ({ heldNodes }) => formatQuantity(heldNodes, "node"),
  },
  {
    id: "since",
    header: "All of them idle since",
    align: "end",
    cell: ({ since }) => <RelativeTime at={since} focusable={false} />,
  },
  {
    id: "hours",
    header: "Idle so far",
    align: "end",
    cell: ({ idleGpuHours }) => formatGpuHours(idleGpuHours),
  },
];
