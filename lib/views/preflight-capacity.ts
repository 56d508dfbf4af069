import type { Transaction } from "#db/client";
import {
  countFreeByPlace,
  countFreePerRack,
  countOwnOnHold,
  listEndsOfHolds,
} from "#db/queries/free-nodes";
import type { NodeDemand } from "#lib/domain/environment/claim";
import { nodesText } from "#lib/domain/environment/node-groups";
import { layWords, likelyPlaces, type NodePlace } from "#lib/domain/fabric/node-place";
import type { Id } from "#lib/domain/id";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { PreflightCheck } from "#lib/schemas/environment-view";

/**
 * For each node type that a launch takes: whether enough may be given out, how they would lie, and when
 * those that others have on hold are free again. What the person has on hold comes first.
 */
export async function capacityChecks(
  tx: Transaction,
  nodes: readonly NodeDemand[],
  network: Pick<TemplateNetwork, "hasPartition">,
  own: Id<"hold"> | null,
): Promise<PreflightCheck[]> {
  const perRack = await countFreePerRack(tx, own);
  const byPlace = network.hasPartition ? await countFreeByPlace(tx, own) : null;
  const onHold = own ? await countOwnOnHold(tx, own) : null;
  const short = nodes.some(({ count, free }) => count > free);
  const ends = short ? await listEndsOfHolds(tx, own) : null;
  return nodes.flatMap((need): PreflightCheck[] => {
    const { nodeTypeId: type, count: needed, free: now } = need;
    const check = { id: `capacity-${type}`, title: `Free nodes of ${need.profiles}` };
    if (needed > now) return [{ ...check, ...shortage(need, ends?.get(type) ?? []) }];
    const mine = Math.min(needed, onHold?.get(type) ?? 0);
    // Where these lie was told before they were put on hold, and cannot change.
    if (mine === needed) {
      const words = `Takes the ${nodesText(mine)} on hold for you.`;
      return [{ ...check, verdict: "ok", words, wayOut: null }];
    }
    const others = now - (onHold?.get(type) ?? 0);
    const takes =
      mine > 0
        ? `Takes the ${nodesText(mine)} on hold for you and ${needed - mine} of the ${others} free now`
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

/** Too few: how many there are, how many others have on hold, and by when enough of those are free. */
function shortage(
  { count, free }: NodeDemand,
  ends: readonly Date[],
): Omit<PreflightCheck, "id" | "title"> {
  const enough = ends[count - free - 1];
  const at = enough ?? ends.at(-1);
  return {
    verdict: "no",
    words: `Needs ${nodesText(count)} and ${free === 1 ? "1 is" : `${free} are`} free now.`,
    wayOut:
      free === 0
        ? "Try again when some have been released, or take another template."
        : `Take ${free} or fewer, or try again when some have been released.`,
    ...(at && {
      onHold: { nodes: ends.length, enough: enough !== undefined, at: at.toISOString() },
    }),
  };
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
