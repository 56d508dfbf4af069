import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { fabrics } from "#db/schema/fabrics";
import type { NodeIdentity } from "#e2e/simulator/node";
import { type GrantsOf, must, reading, timesDone } from "#e2e/world/acting";
import { createFabric } from "#lib/commands/create-fabric";
import { placePorts } from "#lib/commands/place-ports";
import type { Id } from "#lib/domain/id";
import { readPortSheet } from "#lib/schemas/port-sheet";

// The fabric of a simulated rack. Its leaves are cabled by rails: the n-th port of every node of two
// racks is at the n-th leaf of these racks.

type Cabled = Pick<NodeIdentity, "name" | "infinibandGuids">;

const racksPerUnit = 2;

/** `gpu-r03-n02` stands in the second pair of racks; what says no rack is in the first. */
function unitOf(name: string): number {
  return Math.ceil(Number(/-r(\d+)-n\d+$/.exec(name)?.[1] ?? 1) / racksPerUnit);
}

function cables(nodes: readonly Cabled[]) {
  const used = new Map<string, number>();
  return nodes.flatMap((node) =>
    node.infinibandGuids.map((guid, at) => {
      const leaf = `leaf-${unitOf(node.name)}-${at + 1}`;
      const port = (used.get(leaf) ?? 0) + 1;
      used.set(leaf, port);
      return { guid, leaf, port, rail: at + 1, description: `${node.name} mlx5_${at}` };
    }),
  );
}

/** What an operator knows of the cables: a list with rails. */
export function cableList(nodes: readonly Cabled[]): string {
  const lines = cables(nodes).map(({ guid, leaf, port, rail }) => [guid, leaf, port, rail].join());
  return ["guid,leaf,port,rail", ...lines, ""].join("\n");
}

/** What `ibnetdiscover` prints of such a fabric. */
export function ibnetdiscoverOf(nodes: readonly Cabled[]): string {
  const all = cables(nodes);
  const leaves = [...new Set(all.map((cable) => cable.leaf))];
  const guidOf = (leaf: string) => `b8cef603${String(leaves.indexOf(leaf) + 1).padStart(8, "0")}`;
  const switches = leaves.map((leaf) =>
    [
      "vendid=0x2c9",
      "devid=0xd2f2",
      `switchguid=0x${guidOf(leaf)}(${guidOf(leaf)})`,
      `Switch\t65 "S-${guidOf(leaf)}"\t\t# "MF0;${leaf}:MQM9700/U1" enhanced port 0 lid 1 lmc 0`,
      ...all
        .filter((cable) => cable.leaf === leaf)
        .map(
          ({ guid, port, description }) =>
            `[${port}]\t"H-${guid}"[1](${guid}) \t\t# "${description}" lid 2 4xNDR`,
        ),
    ].join("\n"),
  );
  return `#\n# Topology file: generated on Mon Sep  7 10:00:00 2026\n#\n\n${switches.join("\n\n")}\n`;
}

/**
 * An InfiniBand fabric with the cables of these nodes. One of that name is left as it is, once its cables
 * have been placed.
 */
export async function fabric(
  db: Database,
  may: GrantsOf,
  siteId: Id<"site">,
  name: string,
  nodes: readonly Cabled[],
): Promise<Id<"fabric">> {
  const [known] = await reading(db, (tx) =>
    tx.select({ id: fabrics.id }).from(fabrics).where(eq(fabrics.name, name)),
  );
  const grant = may("node.enrol");
  const fabricId =
    known?.id ?? must(await createFabric(db, grant, { siteId, kind: "infiniband", name })).fabricId;
  const placed = await timesDone(db, "fabric.place_ports", fabricId);
  for (const text of [cableList(nodes), ibnetdiscoverOf(nodes)].slice(placed)) {
    must(await placePorts(db, grant, { fabricId, isWhole: true }, must(readPortSheet(text))));
  }
  return fabricId;
}
