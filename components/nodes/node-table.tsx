"use client";

import { controllerLooks, lifecycleLooks, powerLooks } from "#components/nodes/node-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

export type NodeRow = {
  id: string;
  name: string;
  site: string;
  rack: string;
  unit: number | null;
  nodeType: string;
  lifecycle: NodeLifecycle;
  since: string;
  power: string;
  controller: string;
  flags: string[];
  address: string | null;
};

const unknown = { kind: "neutral", word: "Unknown" } as const;

const columns: Column<NodeRow>[] = [
  {
    id: "name",
    header: "Node",
    rowHeader: true,
    cell: (node) => (
      <TextLink href={`/fleet/nodes/${node.id}`} quiet>
        {node.name}
      </TextLink>
    ),
  },
  {
    id: "lifecycle",
    header: "Lifecycle",
    cell: (node) => (
      <span className="flex flex-wrap items-baseline gap-x-2">
        <StateBadge {...lifecycleLooks[node.lifecycle]} />
        {node.flags.length > 0 && (
          <span className="text-attention text-xs">{node.flags.join(", ")}</span>
        )}
      </span>
    ),
  },
  {
    id: "since",
    header: "Since",
    cell: (node) => (
      <span className="text-muted">
        <RelativeTime at={node.since} form="since" focusable={false} />
      </span>
    ),
  },
  { id: "type", header: "Node type", cell: (node) => node.nodeType },
  {
    id: "place",
    header: "Place",
    cell: (node) => (
      <span className="text-muted">
        {node.site} / {node.rack}
        {node.unit !== null && ` U${node.unit}`}
      </span>
    ),
  },
  {
    id: "power",
    header: "Power",
    cell: (node) => <StateBadge {...(powerLooks[node.power] ?? unknown)} />,
  },
  {
    id: "controller",
    header: "Controller",
    cell: (node) => <StateBadge {...(controllerLooks[node.controller] ?? unknown)} />,
  },
  {
    id: "address",
    header: "Address",
    wideOnly: true,
    cell: (node) =>
      node.address ? (
        <span className="font-mono text-xs">{node.address}</span>
      ) : (
        <span className="text-faint">not known</span>
      ),
  },
];

/** The nodes of one page of a list. */
export function NodeTable({ rows }: { rows: readonly NodeRow[] }) {
  return <DataTable label="Nodes" columns={columns} rows={rows} rowKey={(node) => node.id} />;
}
