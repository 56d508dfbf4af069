import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { FabricKind, PlaceSource } from "#lib/domain/fabric/fabric";
import type { PortState } from "#lib/domain/fabric/port-state";
import { type Id, isId } from "#lib/domain/id";
import { compareNames, findFabric, headOf, type PortRow, readSitePorts } from "#lib/views/fabrics";
import { type NvlinkNode, readNvlink } from "#lib/views/nvlink-nodes";

export type LeafLine = {
  leaf: string;
  rails: string[];
  ports: number;
  nodes: number;
  down: number;
  slow: number;
};

/** Nodes that are on the same leaves: their traffic stays within a switch, on every rail. */
export type LeafGroup = { leaves: string[]; nodes: number; free: number };

export type FabricDetail = {
  id: Id<"fabric">;
  name: string;
  kind: FabricKind;
  site: { id: Id<"site">; name: string };
  placesFrom: PlaceSource | null;
  placesAt: string | null;
  placesBy: string | null;
  placesDetail: string | null;
  leaves: LeafLine[];
  groups: LeafGroup[];
  /** Those of this fabric, and those of the site that are on none. */
  ports: PortRow[];
  /** The nodes of an NVLink domain. */
  members: NvlinkNode[];
};

/** One fabric with its leaves, how nodes lie on them, and its ports; null when there is none. */
export async function fabricDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<FabricDetail | null> {
  if (!isId("fabric", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const row = await findFabric(tx, id);
    if (!row) return null;
    const { fabric, site } = row;
    const head = {
      ...headOf(fabric),
      site,
      placesBy: fabric.placesBy,
      placesDetail: fabric.placesDetail,
    };
    if (fabric.kind === "nvlink") {
      const { nodes } = await readNvlink(tx, site.id);
      const members = nodes.filter((node) => node.domain?.id === fabric.id);
      return { ...head, leaves: [], groups: [], ports: [], members };
    }
    const { ports, nodes } = await readSitePorts(tx, site.id);
    const own = ports.filter((port) => port.fabricId === fabric.id);
    return {
      ...head,
      leaves: leavesOf(own),
      groups: groupsOf(nodes.filter((node) => node.fabrics.includes(fabric.id))),
      ports: [...own, ...ports.filter((port) => port.fabricId === null)].sort(comparePorts),
      members: [],
    };
  });
}

/** What ports can be narrowed down to: in which state they are, or what is not known of them. */
export const portShows = ["down", "slow", "unplaced", "strange"] as const;

/** True for a port of this kind; a kind that is none is a state that no port has. */
export function isPortShown(port: PortRow, show: string): boolean {
  if (show === "unplaced") return port.fabricId === null;
  if (show === "strange") return port.node === null;
  return port.fabricId !== null && port.state === show;
}

function leavesOf(ports: readonly PortRow[]): LeafLine[] {
  const byLeaf = Map.groupBy(ports, (port) => port.leaf ?? "");
  return [...byLeaf]
    .map(([leaf, on]) => {
      const count = (state: PortState) => on.filter((port) => port.state === state).length;
      return {
        leaf,
        rails: [...new Set(on.flatMap((port) => port.rail ?? []))].sort(compareNames),
        ports: on.length,
        nodes: new Set(on.flatMap((port) => port.node?.id ?? [])).size,
        down: count("down"),
        slow: count("slow"),
      };
    })
    .sort((a, b) => compareNames(a.leaf, b.leaf));
}

function groupsOf(nodes: readonly { isFree: boolean; leaves: string[] }[]): LeafGroup[] {
  const byLeaves = Map.groupBy(nodes, (node) => node.leaves.join("\n"));
  return [...byLeaves.values()]
    .map((group) => ({
      leaves: group[0]?.leaves ?? [],
      nodes: group.length,
      free: group.filter((node) => node.isFree).length,
    }))
    .sort((a, b) => compareNames(a.leaves.join(), b.leaves.join()));
}

/** Those that somebody should look at first, then by node and slot. */
function comparePorts(a: PortRow, b: PortRow): number {
  return (
    Number(a.fabricId !== null) - Number(b.fabricId !== null) ||
    compareNames(a.node?.name ?? "~", b.node?.name ?? "~") ||
    compareNames(a.slot ?? a.guid ?? "", b.slot ?? b.guid ?? "")
  );
}
