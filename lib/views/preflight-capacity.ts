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
import type { NodeDemand } from "#lib/domain/environment/claim";
import { nodesText } from "#lib/domain/environment/node-groups";
import { layWords, likelyPlaces, type NodePlace } from "#lib/domain/fabric/node-place";
import type { Id } from "#lib/domain/id";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { PreflightCheck } from "#lib/schemas/environment-view";

/**
 * For each node type that a launch takes: whether enough may be given out, how they would lie, and when
 * enough are free again, by the ends of holds and leases; and what of the project's other profiles has
 * enough. What the person has on hold comes first.
 */
export async function capacityChecks(
  tx: Transaction,
  projectId: Id<"project">,
  nodes: readonly NodeDemand[],
  network: Pick<TemplateNetwork, "hasPartition">,
  among: Among,
): Promise<PreflightCheck[]> {
  const { own = null } = among;
  const perRack = await countFreePerRack(tx, among);
  const byPlace = network.hasPartition ? await countFreeByPlace(tx, among) : null;
  const onHold = own ? await countOwnOnHold(tx, own) : null;
  const short = nodes.filter(({ count, free }) => count > free);
  const when = short.length > 0 ? await whenFree(tx, short, own) : null;
  const others = short.length > 0 ? await otherProfiles(tx, projectId, own) : [];
  return nodes.flatMap((need): PreflightCheck[] => {
    const { nodeTypeId: type, count: needed, free: now } = need;
    const check = { id: `capacity-${type}`, title: `Free nodes of ${need.profiles}` };
    if (needed > now) {
      return [{ ...check, ...shortage(need, instead(need, others)), ...when?.get(type) }];
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

/**
 * Of each node type of which too few are free: by when those on hold for others, and by when enough, with
 * those whose lease ends, are free again.
 */
async function whenFree(
  tx: Transaction,
  short: readonly NodeDemand[],
  own: Id<"hold"> | null,
): Promise<Map<Id<"nodeType">, Pick<PreflightCheck, "onHold" | "leases">>> {
  const holds = await listEndsOfHolds(tx, own);
  const found = new Map<Id<"nodeType">, Pick<PreflightCheck, "onHold" | "leases">>();
  for (const { nodeTypeId, count, free } of short) {
    const lacking = count - free;
    const onHold = holds.get(nodeTypeId) ?? [];
    const enough = onHold[lacking - 1];
    const last = enough ?? onHold.at(-1);
    const leases = enough ? [] : await listEndsOfLeases(tx, nodeTypeId, lacking);
    const ends = [...onHold, ...leases].sort((a, b) => a.getTime() - b.getTime());
    const byLeases = leases.length > 0 ? (ends[lacking - 1] ?? ends.at(-1)) : undefined;
    found.set(nodeTypeId, {
      ...(last && {
        onHold: { nodes: onHold.length, enough: enough !== undefined, at: last.toISOString() },
      }),
      ...(byLeases && {
        leases: { enough: ends.length >= lacking, at: byLeases.toISOString() },
      }),
    });
  }
  return found;
}

/** A profile of the project, and how many nodes of it are free now. */
type FreeProfile = { name: string; nodeTypeId: Id<"nodeType">; gpusPerNode: number; free: number };

async function otherProfiles(
  tx: Transaction,
  projectId: Id<"project">,
  own: Id<"hold"> | null,
): Promise<FreeProfile[]> {
  const free = await countFreeNodes(tx, { own });
  const profiles = await listLaunchableProfiles(tx, projectId);
  return profiles.map(({ name, nodeTypeId, gpusPerNode }) => {
    return { name, nodeTypeId, gpusPerNode, free: free.get(nodeTypeId) ?? 0 };
  });
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
