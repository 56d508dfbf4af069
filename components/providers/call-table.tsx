import { EmptyState } from "#components/ui/empty-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";

type Call = {
  id: number;
  at: string;
  durationMs: number;
  outcome: "done" | "again" | "failed" | "transient" | "none";
  words: string;
  for: "hook" | "check" | "dry run";
};

const looks: Record<Call["outcome"], { kind: StateKind; word: string }> = {
  done: { kind: "ok", word: "Done" },
  again: { kind: "motion", word: "Asks to come again" },
  failed: { kind: "attention", word: "Failed" },
  transient: { kind: "attention", word: "Failed, try again" },
  none: { kind: "critical", word: "No answer" },
};

const columns: Column<Call>[] = [
  {
    id: "at",
    header: "When",
    rowHeader: true,
    cell: (call) => <RelativeTime at={call.at} focusable={false} />,
  },
  { id: "for", header: "For", cell: (call) => `A ${call.for}` },
  { id: "outcome", header: "Answered", cell: (call) => <StateBadge {...looks[call.outcome]} /> },
  {
    id: "words",
    header: "In words",
    className: "md:w-1/2",
    cell: (call) => <span className="break-words text-muted">{call.words}</span>,
  },
  { id: "took", header: "Took", align: "end", cell: (call) => `${call.durationMs} ms` },
];

/** The latest calls of a provider, newest first. */
export function CallTable({ calls }: { calls: readonly Call[] }) {
  return (
    <DataTable
      label="Latest calls"
      columns={columns}
      rows={calls}
      rowKey={(call) => String(call.id)}
      empty={
        <EmptyState title="It was never asked">
          Ask it now, or have a hook of a template ask it.
        </EmptyState>
      }
    />
  );
}
