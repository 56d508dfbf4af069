import type { ReactNode } from "react";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";

export type ProviderRow = {
  id: Id<"provider">;
  name: string;
  description: string;
  url: string;
  state: "active" | "retired";
  health: "answers" | "silent" | "unknown";
  lastCall: { at: string; words: string } | null;
};

const healthLooks: Record<ProviderRow["health"], { kind: StateKind; word: string }> = {
  answers: { kind: "ok", word: "Answers" },
  silent: { kind: "critical", word: "Does not answer" },
  unknown: { kind: "neutral", word: "Unknown" },
};

/** Whether a provider is used, and whether it answered when it was last asked. */
export function ProviderHealthText({ provider }: { provider: ProviderRow }) {
  if (provider.state === "retired") return <StateBadge kind="neutral" word="Retired" />;
  return <StateBadge {...healthLooks[provider.health]} />;
}

const columns: Column<ProviderRow>[] = [
  {
    id: "name",
    header: "Provider",
    rowHeader: true,
    cell: (row) => (
      <>
        <TextLink quiet href={`/fleet/providers/${row.id}`}>
          {row.name}
        </TextLink>
        {row.description && <span className="block text-faint text-xs">{row.description}</span>}
      </>
    ),
  },
  {
    id: "address",
    header: "Address",
    cell: (row) => <span className="break-all font-mono text-xs">{row.url}</span>,
  },
  { id: "health", header: "Health", cell: (row) => <ProviderHealthText provider={row} /> },
  {
    id: "last",
    header: "Last asked",
    cell: (row) =>
      row.lastCall ? (
        <span className="text-muted">
          <RelativeTime at={row.lastCall.at} focusable={false} />
          {row.lastCall.words && (
            <span className="block break-words text-xs">{row.lastCall.words}</span>
          )}
        </span>
      ) : (
        <span className="text-faint">never</span>
      ),
  },
];

/** Providers with how each answered last. */
export function ProviderTable({
  providers,
  empty,
}: {
  providers: ProviderRow[];
  empty: ReactNode;
}) {
  return (
    <DataTable
      label="Providers"
      columns={columns}
      rows={providers}
      rowKey={(row) => row.id}
      empty={empty}
    />
  );
}
