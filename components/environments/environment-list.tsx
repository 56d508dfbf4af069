import { StateLine } from "#components/environments/state-line";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatCount, formatQuantity } from "#lib/client/format";
import type { EnvironmentSummary } from "#lib/schemas/environment-view";

type Props = {
  label: string;
  tenant: string;
  environments: readonly EnvironmentSummary[];
  /** Names each one's project: for lists over several. */
  withProject?: boolean;
  empty: React.ReactNode;
};

/** Environments with what they hold and where they are, each in one sentence. */
export function EnvironmentList({ label, tenant, environments, withProject, empty }: Props) {
  const columns: Column<EnvironmentSummary>[] = [
    {
      id: "name",
      header: "Environment",
      rowHeader: true,
      cell: (row) => (
        <TextLink href={`/${tenant}/projects/${row.projectSlug}/environments/${row.id}`} quiet>
          {row.name}
        </TextLink>
      ),
    },
    {
      id: "state",
      header: "State",
      className: "md:w-1/2",
      cell: (row) => <StateLine environment={row} />,
    },
    { id: "holds", header: "Holds", cell: holds },
    {
      id: "ends",
      header: "Ends",
      cell: (row) =>
        row.endsAt ? (
          <RelativeTime at={row.endsAt} focusable={false} />
        ) : (
          <span className="text-faint">{row.state === "released" ? "released" : "no end"}</span>
        ),
    },
    {
      id: "made",
      header: "Launched",
      cell: (row) => (
        <span className="text-muted">
          <RelativeTime at={row.createdAt} focusable={false} /> by {row.createdByName}
        </span>
      ),
    },
  ];
  if (withProject) {
    columns.splice(1, 0, { id: "project", header: "Project", cell: (row) => row.projectName });
  }
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={environments}
      rowKey={(row) => row.id}
      empty={empty}
    />
  );
}

function holds(row: EnvironmentSummary) {
  if (row.nodes === 0) return <span className="text-faint">nothing</span>;
  const gpus = row.gpus > 0 ? `, ${formatCount(row.gpus)} × ${row.gpuModels.join(" and ")}` : "";
  return `${formatQuantity(row.nodes, "node")}${gpus}`;
}
