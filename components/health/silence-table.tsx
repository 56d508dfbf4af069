"use client";

import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type SilenceRow = {
  id: Id<"healthSilence">;
  what: string;
  place: { kind: "fleet" | "site" | "rack" | "node"; id: string | null; name: string | null };
  until: string;
  by: string;
  at: string;
  reason: string;
};

type Props = {
  rows: readonly SilenceRow[];
  readOnly: string | null;
  end: (input: { silenceId: Id<"healthSilence"> }) => Promise<Result<unknown, Refusal>>;
};

/** What operators are told nothing of: where, until when, by whom and why. */
export function SilenceTable({ rows, readOnly, end }: Props) {
  return (
    <DataTable
      label="Silenced"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        ...columns,
        {
          id: "acts",
          header: "Actions",
          headerHidden: true,
          align: "end",
          cell: (row) => <EndNow row={row} readOnly={readOnly} end={end} />,
        },
      ]}
      empty={
        <EmptyState title="Nothing is silenced">
          Silence a rule, a rack or a site before work on it begins.
        </EmptyState>
      }
    />
  );
}

function EndNow({ row, readOnly, end }: { row: SilenceRow } & Omit<Props, "rows">) {
  return (
    <ConfirmDialog
      trigger={
        <Button
          size="sm"
          aria-label={`End now: ${row.what}, ${whereOf(row)}`}
          disabledReason={readOnly ?? undefined}
        >
          End now
        </Button>
      }
      title={`End the silence of ${row.what}?`}
      danger={false}
      consequences={[
        { verb: "Shows", text: "what is still so among the open reasons." },
        { verb: "Tells", text: "operators of what opens from now on." },
      ]}
      confirmLabel="End now"
      pendingLabel="Ending…"
      onConfirm={() => whyRefused(() => end({ silenceId: row.id }))}
    />
  );
}

const hrefOf = {
  fleet: () => null,
  site: (id: string) => `/fleet/sites/${id}`,
  rack: (id: string) => `/fleet/racks/${id}`,
  node: (id: string) => `/fleet/nodes/${id}`,
} as const;

const whereOf = ({ place: { kind, name } }: SilenceRow) =>
  kind === "fleet" ? "the whole fleet" : `${kind} ${name}`;

const columns: Column<SilenceRow>[] = [
  { id: "what", header: "Rule", rowHeader: true, cell: ({ what }) => what },
  {
    id: "where",
    header: "Where",
    cell: (row) => {
      const { kind, id } = row.place;
      const href = id === null ? null : hrefOf[kind](id);
      return href === null ? whereOf(row) : <TextLink href={href}>{whereOf(row)}</TextLink>;
    },
  },
  {
    id: "until",
    header: "Until",
    cell: ({ until }) => <RelativeTime at={until} form="absolute" />,
  },
  {
    id: "why",
    header: "By and why",
    cell: ({ by, at, reason }) => (
      <span>
        {by}, <RelativeTime at={at} focusable={false} />
        <span className="block text-muted text-xs">{reason}</span>
      </span>
    ),
  },
];
