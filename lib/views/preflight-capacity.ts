import type { Transaction } from "#db/client";
import {
  type Among,
  countFreeByPlace,
  countFreeNodes,
  countFreePerRack,
  countOwnOnHold,
  listEndsOfHolds,
  listEndsOfLeases,
} from "#db/queries/free-nodes";
import { listLaunchableProfiles } from "#db/queries/launchables";
import { findRacksWithPools } from "#db/queries/supplied-racks";
import type { NodeDemand } from "#lib/domain/environment/claim";
import { nodesText } from "#lib/domain/environment/node-groups";
import { layWords, likelyPlaces, type NodePlace } from "#lib/domain/fabric/node-place";
import type { Id } from "#lib/domain/id";
import { networkKinds } from "#lib/domain/pool/network-needs";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { PreflightCheck } from "#lib/schemas/environment-view";

/**
 * For each node type that a launch takes: whether enough may be given out, and how they would lie; else when
 * enough are free again, and which of the project's other profiles has enough. What the person has on hold comes
 * first.
 */
export async function capacityChecks(
  tx: Transaction,
  nodes: readonly NodeDemand[],
  network: Pick<TemplateNetwork, "hasPartition">,
  among: Among,
  { when, profiles }: Elsewhere,
): Promise<PreflightCheck[]> {
  const { own = null } = among;
  const perRack = await countFreePerRack(tx, among);
  const byPlace = network.hasPartition ? await countFreeByPlace(tx, among) : null;
  const onHold = own ? await countOwnOnHold(tx, own) : null;
  return nodes.flatMap((need): PreflightCheck[] => {
    const { nodeTypeId: type, count: needed, free: now } = need;
    const check = { id: `capacity-${type}`, title: `Free nodes of ${need.profiles}` };
    if (needed > now) {
      return [{ ...check, ...shortage(need, instead(need, profiles)), ...when.get(type) }];
    }
    const mine = Math.min(needed, onHold?.get(type) ?? 0);
    // Where these lie was told before they were put on hold, and cannot change.
    if (mine === needed) {
      const words = `Takes the ${nodesText(mine)} on hold for you.`;
      return [{ ...check, verdict: "ok", words, wayOut: null }];
    }
    const ofOthers = now - (onHold?.get(type) ?? 0);
    const takes =
      mine > 0
        ? `Takes the ${nodesText(mine)} on hold for you and ${needed - mine} of the ${ofOthers} free now`
        : `Takes ${needed} of the ${now} free now`;
    const lying: FreeAtPlace[] = byPlace?.get(type) ?? [];
    if (lying.some((each) => each.place !== null)) {
      return [
        { ...check, verdict: "ok", words: `${takes}.`, wayOut: null },
        ...leafCheck(type, lying, needed),
      ];
    }
    const largest = Math.max(0, ...(perRack.get(type) ?? []));
    const together = largest >= needed;
    return [
      {
        ...check,
        verdict: together ? "ok" : "warn",
        words: `${takes}${needed > 1 ? (together ? ", all in one rack" : ", spread over several racks") : ""}.`,
        wayOut: together
          ? null
          : `No rack has more than ${largest} free. Take ${largest} or fewer to have them together.`,
      },
    ];
  });
}

/** Too few: how many there are, and what can be done. */
function shortage(
  { count, free }: NodeDemand,
  other: string | null,
): Omit<PreflightCheck, "id" | "title"> {
  const elsewhere = other ?? "take another template";
  return {
    verdict: "no",
    words: `Needs ${nodesText(count)} and ${free === 1 ? "1 is" : `${free} are`} free now.`,
    wayOut:
      free === 0
        ? `Try again when some have been released, or ${elsewhere}.`
        : `Take ${free} or fewer, ${other ? `${other}, ` : ""}or try again when some have been released.`,
  };
}

/** When nodes of a type come back. */
type When = Pick<PreflightCheck, "onHold" | "leases">;

/** A profile of the project, and how many nodes of it are free now. */
type FreeProfile = { name: string; nodeTypeId: Id<"nodeType">; gpusPerNode: number; free: number };

/** What there is when too few nodes can be had: those that come back, by type, and other profiles. */
export type Elsewhere = {
  when: ReadonlyMap<Id<"nodeType">, When>;
  profiles: readonly FreeProfile[];
};

/**
 * Looks only where the template's network can be had at all: at sites with a pool of all that it draws.
 * Of each node type of which too few are free there: by when those on hold for others, and by when enough,
 * with those whose lease ends, are free again.
 */
export async function findElsewhere(
  tx: Transaction,
  projectId: Id<"project">,
  nodes: readonly NodeDemand[],
  network: TemplateNetwork,
  own: Id<"hold"> | null,
): Promise<Elsewhere> {
  const offered = await listLaunchableProfiles(tx, projectId);
  const types = [...new Set([...nodes, ...offered].map(({ nodeTypeId }) => nodeTypeId))];
  const among = { own, racks: await findRacksWithPools(tx, network, types) };
  const free = await countFreeNodes(tx, among);
  const holds = await listEndsOfHolds(tx, among);
  const when = new Map<Id<"nodeType">, When>();
  for (const { nodeTypeId, count } of nodes) {
    const lacking = count - (free.get(nodeTypeId) ?? 0);
    if (lacking <= 0) continue;
    const onHold = holds.get(nodeTypeId) ?? [];
    const enough = onHold[lacking - 1];
    const last = enough ?? onHold.at(-1);
    const leases = enough
      ? []
      : await listEndsOfLeases(tx, nodeTypeId, lacking, networkKinds(network));
    const ends = [...onHold, ...leases].sort((a, b) => a.getTime() - b.getTime());
    const byLeases = leases.length > 0 ? (ends[lacking - 1] ?? ends.at(-1)) : undefined;
    when.set(nodeTypeId, {
      ...(last && {
        onHold: { nodes: onHold.length, enough: enough !== undefined, at: last.toISOString() },
      }),
      ...(byLeases && {
        leases: { enough: ends.length >= lacking, at: byLeases.toISOString() },
      }),
    });
  }
  const profiles = offered.map(({ name, nodeTypeId, gpusPerNode }) => {
    return { name, nodeTypeId, gpusPerNode, free: free.get(nodeTypeId) ?? 0 };
  });
  return { when, profiles };
}

/** Profiles of the same kind that have enough free, as what to take instead; null when none has. */
function instead(
  { nodeTypeId, count }: NodeDemand,
  profiles: readonly FreeProfile[],
): string | null {
  const hasGpus = profiles.some((each) => each.nodeTypeId === nodeTypeId && each.gpusPerNode > 0);
  const names = profiles
    .filter((each) => each.nodeTypeId !== nodeTypeId && each.free >= count)
    .filter(({ gpusPerNode }) => gpusPerNode > 0 === hasGpus)
    .map(({ name, free }) => `${name} (${free} free)`);
  return names.length > 0 ? `take a template on ${names.slice(0, 3).join(" or ")}` : null;
}

type FreeAtPlace = { place: NodePlace | null; free: number };

/** How nodes would lie on InfiniBand that are to talk over it. One lies well by itself. */
function leafCheck(type: string, free: readonly FreeAtPlace[], needed: number): PreflightCheck[] {
  if (needed < 2) return [];
  const places = likelyPlaces(free, needed);
  const { words, together } = layWords(places);
  return [
    {
      id: `leaves-${type}`,
      title: "Place on InfiniBand",
      verdict: together ? "ok" : "warn",
      words: `${nodesText(needed)} ${words}.`,
      wayOut: together ? null : wayOutOf(places),
    },
  ];
}

function wayOutOf(places: readonly (NodePlace | null)[]): string {
  return places.some((place) => place === null)
    ? "The platform team has not said where all of them are plugged in."
    : "Traffic between the leaves passes through other switches. Take fewer nodes to have them together.";
}
