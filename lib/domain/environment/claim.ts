import { groupDemands } from "#lib/domain/environment/node-groups";
import type { Id } from "#lib/domain/id";
import { type ProfileState, profileRefusal } from "#lib/domain/profile/profile";
import { admit, type Demand, demandsOf, type QuotaLine } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

// What a launch, a hold and the preflight of both ask: may these nodes be taken? They ask it here,
// so that they cannot disagree.

type Profile = {
  id: Id<"profile">;
  name: string;
  nodeTypeId: Id<"nodeType">;
  state: ProfileState;
  gpuModel: string | null;
  gpusPerNode: number;
};

/** Nodes asked for in one group of a template. */
export type WantedGroup<P> = { name: string; profile: P; count: number };

/** Nodes of one type that are asked for, and how many could be given out. */
export type NodeDemand = {
  nodeTypeId: Id<"nodeType">;
  /** The profiles that they are asked for by, in words. */
  profiles: string;
  count: number;
  free: number;
};

export type Claim<P> = {
  wanted: WantedGroup<P>[];
  /** Groups that are asked for and whose profile the project cannot launch now, with why. */
  unoffered: { group: string; refusal: RefusalOf<"not_found" | "not_now"> }[];
  /** Each demand by itself, with the refusal that it meets. */
  quota: { demand: Demand; admitted: Result<void, RefusalOf<"quota_exceeded">> }[];
  nodes: NodeDemand[];
  /** What a launch is refused with: the first of all that is in the way. */
  verdict: Result<void, RefusalOf<"not_found" | "not_now" | "quota_exceeded" | "no_capacity">>;
};

/**
 * Weighs nodes that are asked for, by group, against the quota and the free nodes, by node type. A
 * group of which none are asked for is in nobody's way.
 */
export function weighClaim<P extends Profile>(
  groups: readonly { name: string; profile: P | null }[],
  counts: Readonly<Record<string, number>>,
  lines: readonly QuotaLine[],
  free: ReadonlyMap<Id<"nodeType">, number>,
): Claim<P> {
  const wanted: WantedGroup<P>[] = [];
  const unoffered: Claim<P>["unoffered"] = [];
  for (const { name, profile } of groups) {
    const count = counts[name] ?? 0;
    if (count === 0) continue;
    const refusal = profileRefusal(profile);
    if (refusal) unoffered.push({ group: name, refusal });
    else if (profile) wanted.push({ name, profile, count });
  }
  const demands = demandsOf(groupDemands(wanted, counts));
  const nodes = nodeDemands(wanted, free);
  return {
    wanted,
    unoffered,
    quota: demands.map((demand) => ({ demand, admitted: admit(lines, [demand]) })),
    nodes,
    verdict: verdictOf(unoffered, admit(lines, demands), nodes),
  };
}

function verdictOf(
  unoffered: Claim<never>["unoffered"],
  admitted: Result<void, RefusalOf<"quota_exceeded">>,
  nodes: readonly NodeDemand[],
): Claim<never>["verdict"] {
  const [barred] = unoffered;
  if (barred) return refuse(barred.refusal);
  if (!admitted.ok) return admitted;
  const short = nodes.find(({ count, free }) => count > free);
  if (!short) return ok(undefined);
  const { profiles: profile, count: requested, free } = short;
  return refuse({ kind: "no_capacity", profile, requested, free });
}

function nodeDemands<P extends Profile>(
  wanted: readonly WantedGroup<P>[],
  free: ReadonlyMap<Id<"nodeType">, number>,
): NodeDemand[] {
  return [...new Set(wanted.map((group) => group.profile.nodeTypeId))].map((nodeTypeId) => {
    const on = wanted.filter((group) => group.profile.nodeTypeId === nodeTypeId);
    return {
      nodeTypeId,
      profiles: [...new Set(on.map((group) => group.profile.name))].join(" and "),
      count: on.reduce((sum, group) => sum + group.count, 0),
      free: free.get(nodeTypeId) ?? 0,
    };
  });
}
