import type { Transaction } from "#db/client";
import { listFreeRacks, listRacksOf } from "#db/queries/free-nodes";
import { findSupply, lockSupply, sitesOfRacks } from "#db/queries/pool-draws";
import type { NodeDemand } from "#lib/domain/environment/claim";
import type { Id } from "#lib/domain/id";
import { networkKinds, networkNeeds } from "#lib/domain/pool/network-needs";
import {
  type FreeInRack,
  type HasItem,
  type Supply,
  type SupplyVerdict,
  weighSupply,
} from "#lib/domain/pool/weigh-supply";
import type { QuotaLine } from "#lib/domain/quota/quota";
import type { TemplateNetwork } from "#lib/domain/template/template";

type Racks = readonly Omit<FreeInRack, "siteId">[];

type SuppliedRacks = SupplyVerdict & {
  supply: Supply;
  /** What is in the way of just these nodes when they are taken. */
  weigh: (taken: Racks) => SupplyVerdict["verdict"];
};

/**
 * Where nodes can be had with what their network draws; null when it draws nothing, from wherever they
 * are. With `isToTake` the pools are locked first, and what they have is there until the transaction ends;
 * nodes are not, so what is taken in the racks is weighed again.
 */
export async function findSuppliedRacks(
  tx: Transaction,
  network: TemplateNetwork,
  nodes: readonly NodeDemand[],
  lines: readonly QuotaLine[],
  own: Id<"hold"> | null,
  { has = [], isToTake }: { has?: readonly HasItem[]; isToTake: boolean },
): Promise<SuppliedRacks | null> {
  const kinds = networkKinds(network);
  if (kinds.length === 0) return null;
  const before = await listFreeRacks(tx, nodes, own);
  const siteOf = await sitesOfRacks(
    tx,
    before.map(({ rackId }) => rackId),
  );
  const sites = [...new Set(siteOf.values())];
  const supply = isToTake
    ? await lockSupply(tx, sites, kinds, own)
    : await findSupply(tx, sites, own);
  // Whoever had the pools while this waited for them has taken nodes, too.
  const racks = isToTake ? await listFreeRacks(tx, nodes, own) : before;
  const weigh = (some: Racks) => {
    const free = some.flatMap((rack) => {
      const siteId = siteOf.get(rack.rackId);
      return siteId ? [{ ...rack, siteId }] : [];
    });
    return weighSupply(network, nodes, free, supply, lines, has);
  };
  return { ...weigh(racks), supply, weigh: (taken) => weigh(taken).verdict };
}

/**
 * The racks of nodes of these types at whose site there is a pool of all that the network draws, whether or not
 * any is free of it now: it may be when nodes are. Null when it draws nothing: then any rack will do.
 */
export async function findRacksWithPools(
  tx: Transaction,
  network: TemplateNetwork,
  types: readonly Id<"nodeType">[],
): Promise<Id<"rack">[] | null> {
  if (networkKinds(network).length === 0) return null;
  const siteOf = await sitesOfRacks(tx, await listRacksOf(tx, types));
  const supply = await findSupply(tx, [...new Set(siteOf.values())]);
  return [...siteOf]
    .filter(([, siteId]) => networkNeeds(network, supply.get(siteId) ?? []).ok)
    .map(([rackId]) => rackId);
}
