import { asc, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { type FabricRow, listInfinibandNodes, listSitePorts } from "#db/queries/fabrics";
import { fabrics, nvlinkMembers } from "#db/schema/fabrics";
import { nodeTypes } from "#db/schema/nodes";
import { sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { FabricKind, PlaceSource } from "#lib/domain/fabric/fabric";
import { placesByGuid, portsOfNode } from "#lib/domain/fabric/node-place";
import { type PortState, portState } from "#lib/domain/fabric/port-state";
import type { Id } from "#lib/domain/id";

/** A port of a node, or of the fabric, with what both say of it. */
export type PortRow = {
  guid: string | null;
  node: { id: Id<"node">; name: string } | null;
  /** Of the node that it is in; null where the inventory does not have it. */
  slot: string | null;
  /** Null: on which fabric it is, is not known. */
  fabricId: Id<"fabric"> | null;
  leaf: string | null;
  leafPort: number | null;
  rail: string | null;
  rateGbps: number | null;
  state: PortState;
  words: string;
  /** What it calls itself on the fabric. */
  description: string | null;
  inventoryAt: string | null;
};

export type SitePorts = {
  ports: PortRow[];
  /** Nodes that have InfiniBand ports, with the leaves of this site's fabrics they are on. */
  nodes: { id: Id<"node">; name: string; isFree: boolean; leaves: string[]; fabrics: string[] }[];
};

/** Every InfiniBand port of a site: those of its nodes' inventories, and those of its fabrics. */
export async function readSitePorts(tx: Transaction, siteId: Id<"site">): Promise<SitePorts> {
  const nodes = await listInfinibandNodes(tx, siteId);
  const placed = await listSitePorts(tx, siteId);
  const types = new Map(
    (await tx.select({ id: nodeTypes.id, spec: nodeTypes.spec }).from(nodeTypes)).map((type) => [
      type.id,
      type.spec.nics?.infinibandGbps ?? null,
    ]),
  );
  const places = placesByGuid(placed);
  const claimed = new Set<string>();
  const rows: PortRow[] = [];
  const lying: SitePorts["nodes"] = [];
  for (const node of nodes) {
    const own = portsOfNode(node, places);
    if (own.length === 0 && node.ports.length === 0) continue;
    for (const port of own) claimed.add(port.guid);
    const left = new Set(own);
    const about = {
      node: { id: node.id, name: node.name },
      inventoryAt: node.inventoryAt?.toISOString() ?? null,
    };
    for (const nic of node.ports) {
      const place = own.find(
        (port) =>
          port.guid === nic.portGuid || (!nic.portGuid && port.nodeGuid === (nic.nodeGuid ?? "")),
      );
      if (place) left.delete(place);
      const rateGbps = nic.speedGbps ?? place?.rateGbps ?? null;
      rows.push({
        ...about,
        guid: nic.portGuid ?? place?.guid ?? null,
        slot: nic.slot,
        ...placeColumns(place),
        rateGbps,
        ...portState({
          linkUp: nic.linkUp,
          rateGbps,
          expectedGbps: types.get(node.nodeTypeId) ?? null,
          hadLink: node.hadLink,
        }),
      });
    }
    // Those that are its own by an operator's word: its controller knows nothing of them.
    for (const place of left) rows.push(fabricOnly(place, about));
    lying.push({
      id: node.id,
      name: node.name,
      isFree: node.isFree,
      leaves: [...new Set(own.map((port) => port.leaf))].sort(compareNames),
      fabrics: [...new Set(own.map((port) => port.fabricId))],
    });
  }
  for (const place of placed) {
    if (!claimed.has(place.guid)) rows.push(fabricOnly(place, { node: null, inventoryAt: null }));
  }
  return { ports: rows, nodes: lying };
}

type Placed = Awaited<ReturnType<typeof listSitePorts>>[number];

function placeColumns(place: Placed | undefined) {
  return {
    fabricId: place?.fabricId ?? null,
    leaf: place?.leaf ?? null,
    leafPort: place?.leafPort ?? null,
    rail: place?.rail ?? null,
    description: place?.description ?? null,
  };
}

function fabricOnly(place: Placed, about: Pick<PortRow, "node" | "inventoryAt">): PortRow {
  const state = place.rateGbps === null ? "unknown" : "up";
  return {
    ...about,
    guid: place.guid,
    slot: null,
    ...placeColumns(place),
    rateGbps: place.rateGbps,
    state,
    words: about.node ? "The node's controller does not tell of it." : "",
  };
}

/** leaf-2 before leaf-10. */
export function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

export type FabricLine = {
  id: Id<"fabric">;
  name: string;
  kind: FabricKind;
  site: { id: Id<"site">; name: string };
  placesFrom: PlaceSource | null;
  placesAt: string | null;
  /** Of InfiniBand. */
  leaves: number;
  ports: number;
  nodes: number;
  down: number;
  slow: number;
};

export type FabricsView = {
  fabrics: FabricLine[];
  sites: { id: Id<"site">; name: string; unplaced: number; nodesWithPorts: number }[];
};

/** Every fabric, and how many ports of each site are at a place that nobody has told. */
export async function fabricsView(db: Database, grant: Grant<"fleet.read">): Promise<FabricsView> {
  return withGrant(db, grant, async (tx) => {
    const allSites = await tx
      .select({ id: sites.id, name: sites.name })
      .from(sites)
      .orderBy(asc(sites.name));
    const all = await tx.select().from(fabrics).orderBy(asc(fabrics.name));
    const members = await tx
      .select({ fabricId: nvlinkMembers.fabricId, nodes: sql<number>`count(*)::int` })
      .from(nvlinkMembers)
      .groupBy(nvlinkMembers.fabricId);
    const view: FabricsView = { fabrics: [], sites: [] };
    for (const site of allSites) {
      const { ports, nodes } = await readSitePorts(tx, site.id);
      view.sites.push({
        ...site,
        unplaced: ports.filter((port) => port.fabricId === null).length,
        nodesWithPorts: nodes.length,
      });
      for (const fabric of all.filter((each) => each.siteId === site.id)) {
        const own = ports.filter((port) => port.fabricId === fabric.id);
        const count = (state: PortState) => own.filter((port) => port.state === state).length;
        view.fabrics.push({
          ...headOf(fabric),
          site,
          leaves: new Set(own.map((port) => port.leaf)).size,
          ports: own.length,
          nodes:
            fabric.kind === "nvlink"
              ? (members.find((row) => row.fabricId === fabric.id)?.nodes ?? 0)
              : nodes.filter((node) => node.fabrics.includes(fabric.id)).length,
          down: count("down"),
          slow: count("slow"),
        });
      }
    }
    return view;
  });
}

/** What is told of a fabric wherever it is told. */
export function headOf(fabric: FabricRow) {
  return {
    id: fabric.id,
    name: fabric.name,
    kind: fabric.kind,
    placesFrom: fabric.placesFrom,
    placesAt: fabric.placesAt?.toISOString() ?? null,
  };
}

/** A fabric with its site; undefined when there is none of that id. */
export async function findFabric(tx: Transaction, id: Id<"fabric">) {
  const [row] = await tx
    .select({ fabric: fabrics, site: { id: sites.id, name: sites.name } })
    .from(fabrics)
    .innerJoin(sites, eq(sites.id, fabrics.siteId))
    .where(eq(fabrics.id, id));
  return row;
}
