import { type PoolFamily, type PoolKind, poolKindWords } from "#lib/domain/pool/pool";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

/** How many items of a kind and family are free at a site, in all its pools of them. */
export type PoolSupply = { kind: PoolKind; family: PoolFamily; free: bigint };

/** One item of this for the environment at a site, or one for each of its nodes there. */
export type NetworkNeed = { kind: PoolKind; family: PoolFamily; per: "environment" | "node" };

/** The kinds of pools that a template's network takes from; none when it asks for nothing. */
export function networkKinds(network: TemplateNetwork): PoolKind[] {
  return [
    ...(network.isPrivate ? (["vlan", "private_prefix"] as const) : []),
    ...(network.hasPartition ? (["pkey"] as const) : []),
    ...(network.publicAddresses === "per_node" ? (["public_ip"] as const) : []),
  ];
}

/**
 * What a template's network takes from the pools of a site: prefixes and addresses of every family
 * that the site has. Refused is a kind that the site has no pool of: an environment that asks to be
 * set apart never silently is not.
 */
export function networkNeeds(
  network: TemplateNetwork,
  supply: readonly PoolSupply[],
): Result<NetworkNeed[], RefusalOf<"not_now">> {
  const needs: NetworkNeed[] = [];
  for (const kind of networkKinds(network)) {
    const families = supply.filter((each) => each.kind === kind).map((each) => each.family);
    if (families.length === 0) return refuse(noPool(kind));
    const per = kind === "public_ip" ? "node" : "environment";
    for (const family of [...new Set(families)].sort()) needs.push({ kind, family, per });
  }
  return ok(needs);
}

/** Whether the site has what is needed for so many nodes now. */
export function checkSupply(
  needs: readonly NetworkNeed[],
  supply: readonly PoolSupply[],
  nodeCount: number,
): Result<void, RefusalOf<"not_now">> {
  for (const need of needs) {
    const wanted = need.per === "node" ? nodeCount : 1;
    const free = supply
      .filter((each) => each.kind === need.kind && each.family === need.family)
      .reduce((sum, each) => sum + each.free, 0n);
    if (free < BigInt(wanted)) return refuse(shortOf(need, wanted, Number(free)));
  }
  return ok(undefined);
}

/** Fewer were free than are needed. */
export function shortOf(
  { kind, family }: Pick<NetworkNeed, "kind" | "family">,
  wanted: number,
  free: number,
): RefusalOf<"not_now"> {
  const { one, several } = poolKindWords[kind];
  const which = family ? ` (IPv${family})` : "";
  const counted = wanted === 1 ? `a ${one}${which} of its own` : `${wanted} ${several}${which}`;
  const left = free === 0 ? "none is" : `${free} ${free === 1 ? "is" : "are"}`;
  return {
    kind: "not_now",
    reason: `This needs ${counted} and ${left} free where its nodes stand.`,
    advice:
      "Take fewer nodes, try again when an environment was released, or ask the platform team to enlarge the pool.",
  };
}

function noPool(kind: PoolKind): RefusalOf<"not_now"> {
  return {
    kind: "not_now",
    reason: `The template asks for a ${poolKindWords[kind].one} and the site of these nodes has no pool of them.`,
    advice: "Ask the platform team to add one, or take another template.",
  };
}

/** What the template's network is, in words for those who launch it; null when it asks for nothing. */
export function networkWords(network: TemplateNetwork): string | null {
  const parts = [
    network.isPrivate && "a VLAN and private prefix of its own",
    network.hasPartition && "an InfiniBand partition of its own",
    network.publicAddresses === "per_node" && "a public address for each node",
  ].filter((part) => part !== false);
  if (parts.length === 0) return null;
  return parts.length === 1
    ? (parts[0] ?? null)
    : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
