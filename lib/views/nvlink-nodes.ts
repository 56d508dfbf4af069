import type { Database, Transaction } from "#db/client";
import { listNvlinkNodes } from "#db/queries/nvlink-nodes";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { domainsOf, nvlinkDisagreements, nvlinkProposals } from "#lib/domain/fabric/nvlink-domain";
import type { Id } from "#lib/domain/id";
import type { InventoryNvlinkPlace } from "#lib/domain/node/inventory";

export type NvlinkNode = {
  id: Id<"node">;
  name: string;
  rack: string;
  site: { id: Id<"site">; name: string };
  /** Null: its GPU tray could not be read. */
  gpus: number | null;
  gpuModel: string | null;
  /** Links of each GPU, as its controller lists them, fewest and most; null when it lists none. */
  links: { fewest: number; most: number } | null;
  inventoryAt: string | null;
  /** Where it lies in a rack of NVLink, as its controller tells it. */
  place: InventoryNvlinkPlace | null;
  /** The ClusterUUID of the domain that its newest inspection found its GPUs in. */
  cluster: string | null;
  /** The domain that reaches over several nodes, by an operator's word. */
  domain: { id: Id<"fabric">; name: string } | null;
  /** How what it tells and what was entered differ. */
  disagreement: string | null;
};

/** Nodes that say that they share a domain, and are not in one together. */
export type NvlinkProposal = {
  site: { id: Id<"site">; name: string };
  /** A ClusterUUID, or the serial number of the rack. */
  told: string;
  by: "cluster" | "chassis";
  nodes: { id: Id<"node">; name: string }[];
  /** What some of them are in already. */
  domains: { id: Id<"fabric">; name: string }[];
};

export type NvlinkView = { nodes: NvlinkNode[]; proposals: NvlinkProposal[] };

/** The nodes of a site, or of all, whose GPUs are joined by NVLink as far as anything says so. */
export async function readNvlink(tx: Transaction, siteId: Id<"site"> | null): Promise<NvlinkView> {
  const rows = await listNvlinkNodes(tx, siteId);
  const disagreements = nvlinkDisagreements(rows);
  const nodes = rows.flatMap(({ gpus, inventoryAt, chassisSerial: _, ...node }) => {
    const links = (gpus ?? []).flatMap((gpu) => gpu.nvlinks ?? []);
    if (links.length === 0 && !node.domain && !node.place && !node.cluster) return [];
    return [
      {
        ...node,
        gpus: gpus?.length ?? null,
        gpuModel: gpus?.[0]?.model ?? null,
        links: links.length > 0 ? { fewest: Math.min(...links), most: Math.max(...links) } : null,
        inventoryAt: inventoryAt?.toISOString() ?? null,
        disagreement: disagreements.get(node.id) ?? null,
      },
    ];
  });
  const proposals = nvlinkProposals(rows).map(({ site, told, by, nodes }) => ({
    ...{ site, told, by, domains: domainsOf(nodes) },
    nodes: nodes.map(({ id, name }) => ({ id, name })),
  }));
  return { nodes, proposals };
}

/** Nodes whose GPUs are joined by NVLink, in one chassis or over several nodes, and what they propose. */
export function nvlinkNodes(db: Database, grant: Grant<"fleet.read">): Promise<NvlinkView> {
  return withGrant(db, grant, (tx) => readNvlink(tx, null));
}
