import { EmptyState } from "#components/ui/empty-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { CallView, ProviderCallView } from "#lib/schemas/call-view";

const looks: Record<CallView["outcome"], { kind: StateKind; word: string }> = {
  done: { kind: "ok", word: "Done" },
  again: { kind: "motion", word: "Asks to come again" },
  failed: { kind: "attention", word: "Failed" },
  transient: { kind: "attention", word: "Failed, try again" },
  none: { kind: "critical", word: "No answer" },
};

const when: Column<CallView> = {
  id: "at",
  header: "When",
  rowHeader: true,
  cell: (call) => <RelativeTime at={call.at} focusable={false} />,
};

const howItWent: Column<CallView>[] = [
  { id: "outcome", header: "Answered", cell: (call) => <StateBadge {...looks[call.outcome]} /> },
  {
    id: "words",
    header: "In words",
    className: "md:w-1/2",
    cell: (call) => <span className="break-words text-muted">{call.words}</span>,
  },
  { id: "took", header: "Took", align: "end", cell: (call) => `${call.durationMs} ms` },
];

const whatFor: Column<ProviderCallView> = {
  id: "for",
  header: "For",
  cell: ({ hookRunId, for: what }) =>
    hookRunId ? <TextLink href={`/fleet/hooks/${hookRunId}`}>A hook</TextLink> : `A ${what}`,
};

/** The latest calls of a provider, newest first. */
export function CallTable({ calls }: { calls: readonly ProviderCallView[] }) {
  return (
    <DataTable
      label="Latest calls"
      columns={[when, whatFor, ...howItWent]}
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

/** The latest calls of one run of a hook, newest first. @param made How many were made in all. */
export function RunCallTable({ calls, made }: { calls: readonly CallView[]; made: number }) {
  return (
    <DataTable
      label="Calls"
      columns={[when, ...howItWent]}
      rows={calls}
      rowKey={(call) => String(call.id)}
      empty={
        made > 0 ? (
          <EmptyState title="Kept no longer">
            How its calls went is kept for a while only.
          </EmptyState>
        ) : (
          <EmptyState title="Not asked">Its provider has not been asked for this run.</EmptyState>
        )
      }
    />
  );
}
