import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";

type Holder = {
  id: Id<"environment">;
  name: string;
  tenant: { slug: string; name: string };
  project: { slug: string; name: string };
  launchedAt: string;
  olderSecrets: readonly string[];
};

const columns: Column<Holder>[] = [
  { id: "name", header: "Environment", rowHeader: true, cell: (row) => row.name },
  {
    id: "project",
    header: "Project",
    cell: (row) => (
      <TextLink quiet href={`/fleet/tenants/${row.tenant.slug}`}>
        {row.tenant.name} / {row.project.name}
      </TextLink>
    ),
  },
  {
    id: "launched",
    header: "Launched",
    cell: (row) => <RelativeTime at={row.launchedAt} focusable={false} />,
  },
  {
    id: "secrets",
    header: "Secrets",
    cell: ({ olderSecrets }) =>
      olderSecrets.length === 0 ? (
        <StateBadge kind="ok" word="As they are now" />
      ) : (
        <StateBadge kind="attention" word={`Older value of ${olderSecrets.join(", ")}`} />
      ),
  },
];

/** The environments that were launched with a config context and have it still. */
export function HoldersPanel({ context }: { context: { environments: readonly Holder[] } }) {
  return (
    <Panel
      title="Environments with it"
      meta={String(context.environments.length)}
      description="Each keeps the variables, files and secrets that it was launched with, until it is released."
      padded={false}
    >
      <DataTable
        label="Environments with it"
        columns={columns}
        rows={context.environments}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title="No environment has it">
            One gets it when it is launched from a template, or in a project, that this is attached
            to.
          </EmptyState>
        }
      />
    </Panel>
  );
}
