import type { EnvironmentDetail } from "#lib/schemas/environment-view";

export type KeyLine = {
  name: string;
  fingerprint: string;
  ofProject: boolean;
  isWanted: boolean;
  /** Where it is now, as a phrase. */
  where: string;
};

type Keyed = Pick<EnvironmentDetail, "keys"> & {
  nodeList: readonly Pick<
    EnvironmentDetail["nodeList"][number],
    "hostname" | "putKeys" | "releasedAt" | "node"
  >[];
};

/**
 * The keys that an environment wants, and behind them those that were taken off and are on a node
 * still, each with the nodes that it was put on.
 */
export function keyLines({ keys, nodeList }: Keyed): KeyLine[] {
  const held = nodeList.filter((node) => node.releasedAt === null);
  const onOf = (fingerprint: string) =>
    held
      .filter((node) => node.putKeys?.some((key) => key.fingerprint === fingerprint))
      .map((node) => node.hostname);
  // Handed over by a boot that kept no note of its keys.
  const unknown = held
    .filter((node) => node.putKeys === null && node.node?.lifecycle === "active")
    .map((node) => node.hostname);
  const nowhere = unknown.length > 0 ? `not known whether on ${listed(unknown)}` : "on no node yet";
  const wanted = keys.map((key) => {
    const on = onOf(key.fingerprint);
    const where =
      on.length === 0
        ? nowhere
        : on.length === held.length
          ? held.length === 1
            ? `on ${on[0]}`
            : "on every node"
          : `on ${listed(on)}`;
    return { ...key, isWanted: true, where };
  });
  const known = new Set(keys.map((key) => key.fingerprint));
  const stale: KeyLine[] = [];
  for (const { name, fingerprint } of held.flatMap((node) => node.putKeys ?? [])) {
    if (known.has(fingerprint)) continue;
    known.add(fingerprint);
    const where = `taken off, still on ${listed(onOf(fingerprint))}`;
    stale.push({ name, fingerprint, ofProject: false, isWanted: false, where });
  }
  return [...wanted, ...stale];
}

/** "a, b and 6 more". */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  return [shown.slice(0, -1).join(", "), shown.at(-1)].filter(Boolean).join(" and ");
}
