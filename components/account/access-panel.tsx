"use client";

import { Panel } from "#components/ui/panel";
import { StateText } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";

type Line = {
  permission: string;
  words: string;
  allowed: boolean;
  roles: string[];
  besides: string;
};

type Place = { name: string; href: string; role: string; grantedBy: string; lines: Line[] };

const columns: Column<Line>[] = [
  {
    id: "may",
    header: "To",
    rowHeader: true,
    cell: (line) => (
      <>
        {line.words}
        <span className="block font-mono text-faint text-xs">{line.permission}</span>
      </>
    ),
  },
  {
    id: "allowed",
    header: "You",
    cell: (line) => (
      <StateText
        kind={line.allowed ? "ok" : "neutral"}
        word={line.allowed ? "may" : "may not"}
        detail={line.allowed ? line.besides : `it takes ${line.roles.join(" or ")}`}
      />
    ),
  },
];

/** What a person may do in one place, and which role the rest would take. */
export function AccessPanel({ place }: { place: Place }) {
  return (
    <Panel
      title={<TextLink href={place.href}>{place.name}</TextLink>}
      meta={`as ${place.role}`}
      description={`Another role is given by ${place.grantedBy}.`}
      padded={false}
    >
      <DataTable
        label={`What you may do in ${place.name}`}
        columns={columns}
        rows={place.lines}
        rowKey={(line) => line.permission}
      />
    </Panel>
  );
}
