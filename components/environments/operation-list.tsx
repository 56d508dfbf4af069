import { operationLooks } from "#components/operations/operation-state";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatTook } from "#lib/client/format";
import { operationLabels } from "#lib/domain/environment/words";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type Operation = EnvironmentDetail["operations"][number];

const columns: Column<Operation>[] = [
  {
    id: "what",
    header: "Operation",
    rowHeader: true,
    cell: (row) =>
      row.action ? `${operationLabels[row.kind]}: ${row.action.label}` : operationLabels[row.kind],
  },
  {
    id: "came-to",
    header: "Came to",
    className: "md:w-1/2",
    cell: (row) => (
      <span className="break-words">
        <StateBadge {...operationLooks[row.state]} />
        {row.reason && <span className="block text-muted text-xs">{row.reason}</span>}
      </span>
    ),
  },
  {
    id: "asked",
    header: "Asked for",
    cell: (row) => (
      <span className="text-muted">
        <RelativeTime at={row.createdAt} focusable={false} />
        {row.requestedByName && ` by ${row.requestedByName}`}
      </span>
    ),
  },
  {
    id: "took",
    header: "Took",
    align: "end",
    cell: (row) =>
      row.finishedAt ? (
        formatTook(Date.parse(row.finishedAt) - Date.parse(row.createdAt))
      ) : (
        <span className="text-faint">not over yet</span>
      ),
  },
];

/** What has been done to an environment and what each came to, newest first. */
export function OperationList({ operations }: { operations: readonly Operation[] }) {
  return (
    <Panel title="Operations" padded={false} id="operations">
      <DataTable
        label="Operations on this environment"
        columns={columns}
        rows={operations}
        rowKey={(row) => row.id}
        empty={<EmptyState title="Nothing has been done yet" />}
      />
    </Panel>
  );
}
