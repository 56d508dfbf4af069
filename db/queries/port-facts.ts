import type { Transaction } from "#db/client";
import {
  type FabricRow,
  listInfinibandNodes,
  listPortsByGuid,
  listSitePorts,
} from "#db/queries/fabrics";
import type { ListedPort, PortFacts } from "#lib/domain/fabric/port-plan";

/** What a list of ports is held against: the fabric, other fabrics, and the nodes of its site. */
export async function findPortFacts(
  tx: Transaction,
  fabric: FabricRow,
  lines: readonly ListedPort[],
): Promise<PortFacts> {
  const nodes = await listInfinibandNodes(tx, fabric.siteId);
  const ofSite = await listSitePorts(tx, fabric.siteId);
  const listed = await listPortsByGuid(
    tx,
    lines.flatMap(({ place }) => place?.guid ?? []),
  );
  const owners = new Map(
    nodes.flatMap(({ id, name, ports }) =>
      ports.flatMap(({ portGuid, nodeGuid }) =>
        // The adapter's GUID may be its only port's as well; the port's own goes before it.
        [nodeGuid, portGuid].flatMap((guid) => (guid ? [[guid, { id, name }] as const] : [])),
      ),
    ),
  );
  return {
    known: new Map(
      ofSite
        .filter((port) => port.fabricId === fabric.id)
        .map(({ fabricId: _, fabric: __, ...port }) => [port.guid, port]),
    ),
    elsewhere: new Map(
      listed.filter((port) => port.fabricId !== fabric.id).map((port) => [port.guid, port.fabric]),
    ),
    owners,
    nodes: new Map(nodes.map(({ id, name }) => [name, id])),
  };
}
