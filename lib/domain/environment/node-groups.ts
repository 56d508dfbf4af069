import type { GroupDemand } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** A node group of a template, with the bounds of how many nodes a launch may ask for. */
export type GroupBounds = { name: string; minCount: number; maxCount: number };

/**
 * Checks how many nodes of each group are asked for. Gives the count of every group of the
 * template, zero where nothing was asked; refuses unknown groups, counts out of bounds, and a
 * launch of no nodes at all.
 */
export function checkCounts(
  groups: readonly GroupBounds[],
  asked: Readonly<Record<string, number>>,
): Result<Record<string, number>, RefusalOf<"invalid_input">> {
  const fields: Record<string, string> = {};
  const counts: Record<string, number> = {};
  for (const group of groups) {
    const count = Object.hasOwn(asked, group.name) ? (asked[group.name] ?? 0) : 0;
    counts[group.name] = count;
    if (count < group.minCount || count > group.maxCount) {
      fields[`counts.${group.name}`] =
        group.minCount === group.maxCount
          ? `The group ${group.name} has ${nodesText(group.minCount)}, no more and no fewer.`
          : `The group ${group.name} takes between ${group.minCount} and ${nodesText(group.maxCount)}.`;
    }
  }
  for (const name of Object.keys(asked)) {
    if (!groups.some((group) => group.name === name)) {
      fields[`counts.${name}`] = `The template has no group named ${name}.`;
    }
  }
  if (Object.keys(fields).length === 0 && Object.values(counts).every((count) => count === 0)) {
    fields.counts = "Ask for at least one node.";
  }
  return Object.keys(fields).length > 0 ? refuse({ kind: "invalid_input", fields }) : ok(counts);
}

/** How many nodes of each group are still wanted, given those held; never below zero. */
export function missingCounts(
  asked: Readonly<Record<string, number>>,
  held: readonly { groupName: string }[],
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, count]) => [
      name,
      Math.max(0, count - held.filter((node) => node.groupName === name).length),
    ]),
  );
}

/** What quota is asked for, for each group, when so many of its nodes are taken. */
export function groupDemands(
  groups: readonly {
    name: string;
    profile: { id: string; name: string; gpuModel: string | null; gpusPerNode: number };
  }[],
  counts: Readonly<Record<string, number>>,
): GroupDemand[] {
  return groups.map(({ name, profile }) => ({
    profileId: profile.id,
    profileName: profile.name,
    gpuModel: profile.gpuModel,
    gpusPerNode: profile.gpusPerNode,
    nodeCount: counts[name] ?? 0,
  }));
}

/** "1 node", "3 nodes". */
export function nodesText(count: number): string {
  return `${count} ${count === 1 ? "node" : "nodes"}`;
}
