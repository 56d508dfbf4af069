import type { NodeDemand } from "#lib/domain/environment/claim";
import { nodesText } from "#lib/domain/environment/node-groups";
import type { Id } from "#lib/domain/id";
import {
  checkSupply,
  type NetworkNeed,
  networkNeeds,
  type PoolSupply,
} from "#lib/domain/pool/network-needs";
import type { PoolFamily } from "#lib/domain/pool/pool";
import { addressDemand, admit, type Demand, type QuotaLine } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

type Refused = RefusalOf<"not_now" | "quota_exceeded">;

/** How many nodes of a type a rack has to give out, `held` of them to who asks alone, and at which site it stands. */
export type FreeInRack = {
  rackId: Id<"rack">;
  siteId: Id<"site">;
  nodeTypeId: Id<"nodeType">;
  free: number;
  held: number;
};

/** What is free of the pools of each site. */
export type Supply = ReadonlyMap<Id<"site">, readonly PoolSupply[]>;

/** What an environment has of the pools of a site (`scope`) already. */
export type HasItem = Pick<NetworkNeed, "kind" | "family"> & { scope: string };

/** Where a launch finds what its network draws. */
export type SupplyVerdict = {
  /** The racks whose nodes it may take. */
  racks: Id<"rack">[];
  /** The public addresses that it draws there at most, by family. */
  addresses: Demand[];
  /** What is in the way of it when too few of the nodes stand in these racks. */
  verdict: Result<void, Refused>;
};

/**
 * Weighs what a template's network asks for against what is free at the sites of the racks, and the
 * addresses against the quota. A site gives nodes when it has enough for all that could be taken there,
 * whatever is taken elsewhere, and when no quota forbids its addresses: so from whichever of these racks
 * nodes come, none of them is refused its network afterwards. Nodes that are held are taken first, so
 * what a hold keeps of each site is enough for its launch. What the environment has at a site it does
 * not draw again.
 */
export function weighSupply(
  network: TemplateNetwork,
  nodes: readonly NodeDemand[],
  free: readonly FreeInRack[],
  supply: Supply,
  lines: readonly QuotaLine[],
  has: readonly HasItem[] = [],
): SupplyVerdict {
  const against = new Map<Id<"site">, Refused>();
  for (;;) {
    // What a site that gives no node has on hold is taken elsewhere.
    const open = free.filter(({ siteId }) => !against.has(siteId));
    const sites = new Map(
      [...new Set(open.map(({ siteId }) => siteId))].sort().flatMap((siteId) => {
        const most = mostAt(siteId, nodes, open);
        const here = supply.get(siteId) ?? [];
        const shared = has.filter(({ scope }) => scope === siteId);
        return most === 0
          ? []
          : [[siteId, { most, ...atSite(network, here, shared, most) }] as const];
      }),
    );
    const asked = addressDemands(nodes, [...sites.values()]);
    const forbidden = asked.flatMap(({ family, demand }) => {
      const admitted = admit(lines, [demand]);
      return admitted.ok ? [] : [{ family, refusal: admitted.refusal }];
    });
    const before = against.size;
    for (const [siteId, { refusal, families }] of sites) {
      const no = refusal ?? forbidden.find(({ family }) => families.includes(family))?.refusal;
      if (no) against.set(siteId, no);
    }
    if (against.size > before) continue;
    const supplied = open.filter(({ siteId }) => sites.has(siteId));
    return {
      racks: [...new Set(supplied.map(({ rackId }) => rackId))],
      addresses: asked.map(({ demand }) => demand),
      verdict: verdictOf(nodes, free, supplied, against),
    };
  }
}

type AtSite = { refusal: Refused | null; families: PoolFamily[] };

/** What is against so many nodes at one site, and the families of which they draw public addresses there. */
function atSite(
  network: TemplateNetwork,
  supply: readonly PoolSupply[],
  has: readonly HasItem[],
  nodeCount: number,
): AtSite {
  const needs = networkNeeds(network, supply);
  if (!needs.ok) return { refusal: needs.refusal, families: [] };
  const enough = checkSupply(stillNeeded(needs.value, has), supply, nodeCount);
  if (!enough.ok) return { refusal: enough.refusal, families: [] };
  const addresses = needs.value.filter(({ kind }) => kind === "public_ip");
  return { refusal: null, families: addresses.map(({ family }) => family) };
}

/** The addresses of each family that these sites let a launch draw at most, all together. */
function addressDemands(
  nodes: readonly NodeDemand[],
  sites: readonly (AtSite & { most: number })[],
): { family: PoolFamily; demand: Demand }[] {
  const nodeCount = nodes.reduce((sum, { count }) => sum + count, 0);
  return ([4, 6] as const).flatMap((family) => {
    const drawn = sites.filter(({ families }) => families.includes(family));
    const amount = Math.min(
      nodeCount,
      drawn.reduce((sum, { most }) => sum + most, 0),
    );
    return amount === 0 ? [] : [{ family, demand: addressDemand(family, amount) }];
  });
}

/** How many nodes may come from a site at most: those held there, and of the others what holds lack. */
function mostAt(
  siteId: Id<"site">,
  nodes: readonly NodeDemand[],
  free: readonly FreeInRack[],
): number {
  return nodes.reduce((sum, { nodeTypeId, count }) => {
    const ofType = free.filter((rack) => rack.nodeTypeId === nodeTypeId);
    const here = ofType.filter((rack) => rack.siteId === siteId);
    const lacking = Math.max(0, count - heldIn(ofType));
    const others = Math.min(lacking, freeIn(here) - heldIn(here));
    return sum + Math.min(count, heldIn(here) + others);
  }, 0);
}

const freeIn = (racks: readonly FreeInRack[]) => racks.reduce((sum, { free }) => sum + free, 0);
const heldIn = (racks: readonly FreeInRack[]) => racks.reduce((sum, { held }) => sum + held, 0);

/** What is to be drawn at a site where these items are the environment's already. */
export function stillNeeded(
  needs: readonly NetworkNeed[],
  has: readonly Pick<HasItem, "kind" | "family">[],
): NetworkNeed[] {
  return needs.filter(
    ({ kind, family, per }) =>
      per === "node" || !has.some((item) => item.kind === kind && item.family === family),
  );
}

function verdictOf(
  nodes: readonly NodeDemand[],
  free: readonly FreeInRack[],
  supplied: readonly FreeInRack[],
  against: ReadonlyMap<Id<"site">, Refused>,
): Result<void, Refused> {
  for (const { nodeTypeId, count } of nodes) {
    const ofType = free.filter((rack) => rack.nodeTypeId === nodeTypeId);
    const left = freeIn(supplied.filter((rack) => rack.nodeTypeId === nodeTypeId));
    if (left >= count) continue;
    const refusals = ofType.flatMap(({ siteId }) => against.get(siteId) ?? []);
    const quota = refusals.find(({ kind }) => kind === "quota_exceeded");
    if (quota) return refuse(quota);
    const [first] = refusals;
    // Without one of these it is nodes that it is short of.
    if (first) return refuse(left === 0 ? first : someStand(count, left, freeIn(ofType)));
  }
  return ok(undefined);
}

function someStand(count: number, left: number, free: number): RefusalOf<"not_now"> {
  return {
    kind: "not_now",
    reason: `This needs ${nodesText(count)}, and of the ${free} free ${left === 1 ? "1 stands" : `${left} stand`} where the pools have what their network needs.`,
    advice: `Take ${left} or fewer, try again when an environment was released, or ask the platform team to enlarge the pools of the other sites.`,
  };
}
