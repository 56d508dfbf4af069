"use client";

import { lifecycleLooks, powerLooks } from "#components/nodes/node-state";
import { CopyText } from "#components/ui/copy-button";
import { EmptyState } from "#components/ui/empty-state";
import { PagedFoot, usePaged } from "#components/ui/paged";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatQuantity } from "#lib/client/format";
import type { NodeHealth } from "#lib/domain/node/lifecycle";
import type { EnvironmentNode } from "#lib/schemas/environment-view";

const healthLooks = {
  unknown: { kind: "neutral", word: "Unknown" },
  ok: { kind: "ok", word: "Healthy" },
  warning: { kind: "attention", word: "Warning" },
  critical: { kind: "critical", word: "Critical" },
} as const satisfies Record<NodeHealth, { kind: StateKind; word: string }>;

const pageSize = 50;

const gone = <span className="text-faint">given back</span>;
const unknown = <span className="text-faint">unknown</span>;

const columns: Column<EnvironmentNode>[] = [
  {
    id: "hostname",
    header: "Node",
    rowHeader: true,
    cell: (row) => (
      <span>
        {row.hostname}
        {row.node && <span className="ml-2 font-normal text-faint text-xs">{row.node.name}</span>}
      </span>
    ),
  },
  {
    id: "group",
    header: "Group",
    cell: (row) => (
      <span>
        {row.group} <span className="text-faint text-xs">{hardware(row)}</span>
      </span>
    ),
  },
  {
    id: "address",
    header: "Address",
    cell: ({ node, hostname }) =>
      node?.address ? (
        <CopyText value={node.address} label={`address of ${hostname}`} />
      ) : node ? (
        <span className="text-faint">not known before it phones home</span>
      ) : (
        gone
      ),
  },
  {
    id: "lifecycle",
    header: "Lifecycle",
    cell: ({ node }) => (node ? <StateBadge {...lifecycleLooks[node.lifecycle]} /> : gone),
  },
  {
    id: "power",
    header: "Power",
    cell: ({ node }) =>
      node ? (
        <span className="inline-flex items-baseline gap-1.5">
          <StateBadge {...(powerLooks[node.power] ?? { kind: "neutral", word: node.power })} />
          {node.powerAt && (
            <span className="text-faint text-xs">
              <RelativeTime at={node.powerAt} focusable={false} />
            </span>
          )}
        </span>
      ) : (
        unknown
      ),
  },
  {
    id: "health",
    header: "Health",
    cell: ({ node }) =>
      node ? (
        <span>
          <StateBadge {...healthLooks[node.health]} />
          {node.healthReasons.length > 0 && (
            <span className="block text-muted text-xs">{node.healthReasons.join(", ")}</span>
          )}
        </span>
      ) : (
        unknown
      ),
  },
];

/** The nodes of an environment: what they are, where they answer and how they are. */
export function EnvironmentNodes({ nodes }: { nodes: readonly EnvironmentNode[] }) {
  const { shown, paged } = usePaged(nodes, pageSize);
  return (
    <Panel title="Nodes" meta={formatQuantity(nodes.length, "node")} padded={false} id="nodes">
      <DataTable
        label="Nodes of this environment"
        columns={columns}
        rows={shown}
        rowKey={(row) => row.allocationId}
        // Those that were given back stay in the list.
        empty={<EmptyState title="It holds no nodes">None has been taken.</EmptyState>}
      />
      <PagedFoot noun="Nodes" paged={paged} />
    </Panel>
  );
}

function hardware(row: EnvironmentNode): string {
  return row.gpus > 0 ? `${row.gpus} × ${row.gpuModel}` : row.profileName;
}
