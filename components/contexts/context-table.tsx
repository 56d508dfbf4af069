import type { ReactNode } from "react";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatQuantity } from "#lib/client/format";
import type { Id } from "#lib/domain/id";

export type ContextRow = {
  id: Id<"context">;
  name: string;
  description: string;
  variables: number;
  files: number;
  secrets: number;
  oldestRotation: string | null;
  attachedTo: { kind: "template" | "project" | "provider"; name: string }[];
  environments: number;
  behind: number;
};

const shownPlaces = 2;

const columns: Column<ContextRow>[] = [
  {
    id: "name",
    header: "Context",
    rowHeader: true,
    cell: (row) => (
      <>
        <TextLink quiet href={`/fleet/contexts/${row.id}`}>
          {row.name}
        </TextLink>
        {row.description && <span className="block text-faint text-xs">{row.description}</span>}
      </>
    ),
  },
  {
    id: "has",
    header: "Has",
    cell: (row) => (
      <span className="text-muted">
        {[
          formatQuantity(row.variables, "variable"),
          formatQuantity(row.secrets, "secret"),
          formatQuantity(row.files, "file"),
        ].join(", ")}
      </span>
    ),
  },
  {
    id: "rotated",
    header: "Oldest secret",
    cell: (row) =>
      row.oldestRotation ? (
        <RelativeTime at={row.oldestRotation} focusable={false} />
      ) : (
        <span className="text-faint">no secret</span>
      ),
  },
  {
    id: "attached",
    header: "Attached to",
    cell: ({ attachedTo }) => {
      if (attachedTo.length === 0) return <span className="text-faint">nothing</span>;
      const more = attachedTo.length - shownPlaces;
      return (
        <span className="break-words text-muted">
          {attachedTo
            .slice(0, shownPlaces)
            .map(({ kind, name }) => `${kind} ${name}`)
            .join(", ")}
          {more > 0 && ` and ${more} more`}
        </span>
      );
    },
  },
  {
    id: "environments",
    header: "Environments",
    align: "end",
    cell: (row) => row.environments,
  },
  {
    id: "behind",
    header: "Up to date",
    cell: (row) => {
      if (row.environments === 0) return <span className="text-faint">nobody has it</span>;
      if (row.behind === 0) return <StateBadge kind="ok" word="All" />;
      return <StateBadge kind="attention" word={`${row.behind} with an older secret`} />;
    },
  },
];

/** Config contexts with what they have, where they go and who has them. */
export function ContextTable({ contexts, empty }: { contexts: ContextRow[]; empty: ReactNode }) {
  return (
    <DataTable
      label="Config contexts"
      columns={columns}
      rows={contexts}
      rowKey={(row) => row.id}
      empty={empty}
    />
  );
}
