import type { ReactNode } from "react";
import { type StateKind, StateText } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { PortState } from "#lib/domain/fabric/port-state";

export type PortTableRow = {
  guid: string | null;
  node: { id: string; name: string } | null;
  slot: string | null;
  fabricId: string | null;
  leaf: string | null;
  leafPort: number | null;
  rail: string | null;
  rateGbps: number | null;
  state: PortState;
  words: string;
  description: string | null;
};

const looks = {
  up: { kind: "ok", word: "Up" },
  slow: { kind: "attention", word: "Slow" },
  down: { kind: "critical", word: "Down" },
  unknown: { kind: "neutral", word: "Unknown" },
} as const satisfies Record<PortState, { kind: StateKind; word: string }>;

const unknown = <span className="text-faint">unknown</span>;

const columns: Column<PortTableRow>[] = [
  {
    id: "port",
    header: "Port",
    rowHeader: true,
    cell: (port) => (
      <>
        {port.node ? (
          <TextLink quiet href={`/fleet/nodes/${port.node.id}`}>
            {port.node.name}
          </TextLink>
        ) : (
          <span className="text-muted">of no node known here</span>
        )}
        <span className="block text-faint text-xs">{port.slot ?? port.description ?? ""}</span>
      </>
    ),
  },
  {
    id: "guid",
    header: "GUID",
    cell: (port) =>
      port.guid ? <code className="font-mono text-xs">{port.guid}</code> : <>not told</>,
  },
  {
    id: "leaf",
    header: "Leaf",
    cell: (port) => {
      if (port.leaf === null) return unknown;
      return port.leafPort === null ? port.leaf : `${port.leaf}, port ${port.leafPort}`;
    },
  },
  { id: "rail", header: "Rail", cell: (port) => port.rail ?? unknown },
  {
    id: "rate",
    header: "Rate",
    align: "end",
    cell: (port) => (port.rateGbps === null ? unknown : `${port.rateGbps} Gb/s`),
  },
  {
    id: "state",
    header: "State",
    cell: (port) => <StateText {...looks[port.state]} detail={port.words || undefined} />,
  },
];

/** InfiniBand ports: whose they are, where they are plugged in, and how they are. */
export function PortTable({ ports, empty }: { ports: PortTableRow[]; empty: ReactNode }) {
  return (
    <DataTable
      label="Ports"
      columns={columns}
      rows={ports}
      rowKey={(port) => `${port.guid} ${port.node?.id} ${port.slot}`}
      empty={empty}
    />
  );
}
