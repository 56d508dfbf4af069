import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatQuantity } from "#lib/client/format";
import type { EnvironmentHealthReason } from "#lib/schemas/environment-view";

const looks = {
  warning: { kind: "attention", word: "Warning" },
  critical: { kind: "critical", word: "Critical" },
} as const;

const columns: Column<EnvironmentHealthReason>[] = [
  {
    id: "where",
    header: "Node",
    rowHeader: true,
    cell: ({ hostname, gpu }) => (
      <span className="whitespace-nowrap">
        {hostname}
        {gpu !== null && <span className="ml-1.5 text-faint text-xs">GPU {gpu}</span>}
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    cell: ({ severity, closedAt }) =>
      closedAt === null ? (
        <StateBadge {...looks[severity]} />
      ) : (
        <StateBadge kind="neutral" word="Past" />
      ),
  },
  {
    id: "what",
    header: "What it means",
    cell: ({ title, plain }) => (
      <div className="max-w-prose">
        {title}
        <span className="block text-muted text-xs">{plain}</span>
      </div>
    ),
  },
  {
    id: "since",
    header: "Since",
    cell: ({ firstSeenAt, lastSeenAt, closedAt, count }) => (
      <span className="whitespace-nowrap">
        <RelativeTime at={firstSeenAt} />
        <span className="block text-faint text-xs">
          {count > 1 && `${formatQuantity(count, "time")}, `}
          {closedAt ? "passed " : "last "}
          <RelativeTime at={closedAt ?? lastSeenAt} focusable={false} />
        </span>
      </span>
    ),
  },
];

/** Why nodes of an environment are not well, or were not lately, in plain words. Nothing when all is. */
export function EnvironmentHealth({ reasons }: { reasons: readonly EnvironmentHealthReason[] }) {
  if (reasons.length === 0) return null;
  const open = reasons.filter(({ closedAt }) => closedAt === null).length;
  return (
    <Panel
      title="Health"
      meta={open > 0 ? `${open} open` : "all past"}
      description="What the nodes' metrics exporters and controllers say, while the nodes are this environment's, and in the last 7 days"
      padded={false}
      id="health"
    >
      <DataTable
        label="Health of the nodes of this environment"
        columns={columns}
        rows={reasons}
        rowKey={(row) => row.id}
      />
    </Panel>
  );
}
