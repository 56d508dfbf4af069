import type { ReactNode } from "react";
import { AlertActions, type HealthActs } from "#components/health/alert-actions";
import { CopyText } from "#components/ui/copy-button";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { evidenceWords } from "#lib/client/evidence-words";
import { formatQuantity } from "#lib/client/format";
import type { Id } from "#lib/domain/id";

/** A reason of health, as operators read it. */
export type AlertRow = {
  id: Id<"healthReason">;
  severity: "warning" | "critical";
  title: string;
  advice: string;
  source: string;
  node: { id: string; name: string; rack: string };
  gpu: number | null;
  uuid: string | null;
  /** Null where nobody held the node, or where it is no tenant's business. */
  holder: { tenant: string; environment: string; hostname: string; isOver: boolean } | null;
  evidence: Readonly<Record<string, number | string>>;
  count: number;
  firstSeenAt: string;
  lastSeenAt: string;
  closed: { at: string; how: "quiet" | "ended" | "cleared" } | null;
  acknowledged: { at: string; by: string } | null;
  note: string | null;
  silenced: { until: string; by: string; reason: string } | null;
  holdsNode: boolean;
};

const looks = {
  warning: { kind: "attention", word: "Warning" },
  critical: { kind: "critical", word: "Critical" },
} as const;

const howClosed = {
  quiet: "passed",
  ended: "no longer watched",
  cleared: "cleared by an operator",
} as const;

type Props = {
  label: string;
  rows: readonly AlertRow[];
  /** Leaves the node out, where the page is the node's. */
  ofOneNode?: boolean;
  readOnly: string | null;
  acts: HealthActs;
  empty: ReactNode;
};

/** Reasons of health: what, where, since when, by what evidence, and what can be done. */
export function AlertTable({ label, rows, ofOneNode, readOnly, acts, empty }: Props) {
  const columns: Column<AlertRow>[] = [
    {
      id: "what",
      header: "Reason",
      rowHeader: true,
      cell: (row) => (
        <div className="min-w-0 max-w-prose">
          <StateBadge {...looks[row.severity]} className="mr-2" />
          <span className="font-medium">{row.title}</span>
          <span className="block text-muted text-xs">{row.advice}</span>
          <Handling row={row} />
        </div>
      ),
    },
    ...(ofOneNode ? [] : [nodeColumn]),
    gpuColumn,
    evidenceColumn,
    sinceColumn,
    {
      id: "acts",
      header: "Actions",
      headerHidden: true,
      align: "end",
      cell: (row) =>
        row.closed === null && (
          <AlertActions
            alert={{
              id: row.id,
              name: `${row.title} of ${row.node.name}${row.gpu === null ? "" : `, GPU ${row.gpu}`}`,
              severity: row.severity,
              isAcknowledged: row.acknowledged !== null,
            }}
            readOnly={readOnly}
            acts={acts}
          />
        ),
    },
  ];
  return (
    <DataTable label={label} columns={columns} rows={rows} rowKey={(row) => row.id} empty={empty} />
  );
}

const nodeColumn: Column<AlertRow> = {
  id: "node",
  header: "Node",
  cell: ({ node, holder }) => (
    <span>
      <TextLink href={`/fleet/nodes/${node.id}`}>{node.name}</TextLink>
      <span className="ml-1.5 text-faint text-xs">{node.rack}</span>
      {holder && (
        <span className="block text-faint text-xs">
          {holder.isOver && "was "}
          {holder.tenant} / {holder.environment} / {holder.hostname}
        </span>
      )}
    </span>
  ),
};

const gpuColumn: Column<AlertRow> = {
  id: "gpu",
  header: "GPU",
  cell: ({ gpu, uuid }) =>
    gpu === null ? (
      <span className="text-faint">whole node</span>
    ) : (
      <span className="whitespace-nowrap">
        GPU {gpu}
        {uuid && (
          <span className="block text-xs">
            <CopyText value={uuid} shown={`${uuid.slice(0, 12)}…`} label={`UUID of GPU ${gpu}`} />
          </span>
        )}
      </span>
    ),
};

const evidenceColumn: Column<AlertRow> = {
  id: "evidence",
  header: "Evidence",
  cell: ({ evidence, count, source }) => (
    <span>
      {[evidenceWords(evidence), count > 1 && `happened ${formatQuantity(count, "time")}`]
        .filter(Boolean)
        .join("; ") || "seen once"}
      <span className="block max-w-prose text-xs">
        <TextLink quiet href="/fleet/health/rules">
          {source}
        </TextLink>
      </span>
    </span>
  ),
};

const sinceColumn: Column<AlertRow> = {
  id: "since",
  header: "Since",
  cell: ({ firstSeenAt, lastSeenAt, closed }) => (
    <span className="whitespace-nowrap">
      <RelativeTime at={firstSeenAt} />
      <span className="block text-faint text-xs">
        {closed ? (
          <>
            {howClosed[closed.how]} <RelativeTime at={closed.at} focusable={false} />
          </>
        ) : (
          <>
            last <RelativeTime at={lastSeenAt} focusable={false} />
          </>
        )}
      </span>
    </span>
  ),
};

function Handling({ row }: { row: AlertRow }) {
  return (
    <>
      {row.holdsNode && (
        <span className="block text-critical text-xs">
          Keeps the node from being given out until it is acknowledged or cleared.
        </span>
      )}
      {row.acknowledged && (
        <span className="block text-muted text-xs">
          Acknowledged by {row.acknowledged.by} <RelativeTime at={row.acknowledged.at} />
          {row.note && `: ${row.note}`}
        </span>
      )}
      {row.closed?.how === "cleared" && row.note && (
        <span className="block text-muted text-xs">{row.note}</span>
      )}
      {row.silenced && (
        <span className="block text-muted text-xs">
          Silenced by {row.silenced.by} until{" "}
          <RelativeTime at={row.silenced.until} form="absolute" />: {row.silenced.reason}
        </span>
      )}
    </>
  );
}
