import type { ReactNode } from "react";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { InventoryNvlinkPlace } from "#lib/domain/node/inventory";

export type NvlinkRow = {
  id: string;
  name: string;
  rack: string;
  gpus: number | null;
  gpuModel: string | null;
  links: { fewest: number; most: number } | null;
  inventoryAt: string | null;
  place: InventoryNvlinkPlace | null;
  cluster: string | null;
  domain: { id: string; name: string } | null;
  disagreement: string | null;
};

const unknown = <span className="text-faint">unknown</span>;

/** What a node tells of a domain over several nodes: empty where it tells nothing. */
function tells({ place, cluster }: NvlinkRow): string {
  return [
    cluster && `ClusterUUID ${cluster}`,
    place?.chassisSerial && `rack ${place.chassisSerial}`,
    place && place.slot !== null && `slot ${place.slot}`,
    place && place.tray !== null && `tray ${place.tray}`,
  ]
    .filter(Boolean)
    .join(", ");
}

const columns: Column<NvlinkRow>[] = [
  {
    id: "name",
    header: "Node",
    rowHeader: true,
    cell: (node) => (
      <>
        <TextLink quiet href={`/fleet/nodes/${node.id}`}>
          {node.name}
        </TextLink>
        <span className="block text-faint text-xs">{node.rack}</span>
      </>
    ),
  },
  {
    id: "gpus",
    header: "GPUs",
    cell: (node) => (node.gpus === null ? unknown : `${node.gpus} × ${node.gpuModel ?? "GPU"}`),
  },
  {
    id: "links",
    header: "NVLinks each",
    cell: ({ links }) => {
      if (!links) return unknown;
      return links.fewest === links.most ? links.most : `${links.fewest} to ${links.most}`;
    },
  },
  {
    id: "domain",
    header: "Domain",
    cell: (node) => (
      <>
        {node.domain ? (
          <TextLink quiet href={`/fleet/fabrics/${node.domain.id}`}>
            {node.domain.name}
          </TextLink>
        ) : tells(node) ? (
          "none yet"
        ) : (
          "within the node"
        )}
        {node.disagreement && (
          <span className="block text-attention text-xs">{node.disagreement}</span>
        )}
      </>
    ),
  },
  {
    id: "told",
    header: "Told by the node",
    cell: (node) => tells(node) || <span className="text-faint">nothing</span>,
  },
  {
    id: "read",
    header: "Read",
    cell: (node) =>
      node.inventoryAt ? <RelativeTime at={node.inventoryAt} focusable={false} /> : unknown,
  },
];

/** Nodes whose GPUs are joined by NVLink, as their controllers and operators tell it. */
export function NvlinkTable({ nodes, empty }: { nodes: NvlinkRow[]; empty: ReactNode }) {
  return (
    <DataTable
      label="NVLink"
      columns={columns}
      rows={nodes}
      rowKey={(node) => node.id}
      empty={empty}
    />
  );
}
