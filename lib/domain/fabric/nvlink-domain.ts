import type { Id } from "#lib/domain/id";

/** What a node tells of the NVLink domain that its GPUs are in. */
export type NvlinkTeller = {
  id: Id<"node">;
  name: string;
  site: { id: Id<"site">; name: string };
  /** The ClusterUUID that the driver of its GPUs has joined, as its newest inspection saw it. */
  cluster: string | null;
  /** Serial number of the rack that its GPUs lie in, as its controller tells it. */
  chassisSerial: string | null;
  /** The domain that it is in, by an operator's word. */
  domain: { id: Id<"fabric">; name: string } | null;
};

/** Nodes of a site that say that they share an NVLink domain. */
export type NvlinkGroup = {
  site: { id: Id<"site">; name: string };
  /** What they all tell: a ClusterUUID, or the serial number of their rack. */
  told: string;
  by: "cluster" | "chassis";
  nodes: NvlinkTeller[];
};

/**
 * Groups nodes by what they tell. A rack is of one domain, so a node that tells its rack alone is
 * with those of the same rack that tell a ClusterUUID as well, where these agree on it.
 */
export function nvlinkGroups(nodes: readonly NvlinkTeller[]): NvlinkGroup[] {
  return [...Map.groupBy(nodes, (node) => node.site.id).values()].flatMap(groupsOfSite);
}

function groupsOfSite(nodes: readonly NvlinkTeller[]): NvlinkGroup[] {
  const clusterOf = (serial: string | null) => {
    const told = new Set(
      nodes.flatMap((node) => (serial && node.chassisSerial === serial && node.cluster) || []),
    );
    return told.size === 1 ? [...told][0] : undefined;
  };
  const groups = new Map<string, NvlinkGroup>();
  for (const node of nodes) {
    const cluster = node.cluster ?? clusterOf(node.chassisSerial);
    const told = cluster ?? node.chassisSerial;
    if (told === null) continue;
    const by = cluster === undefined ? "chassis" : "cluster";
    const group = groups.get(`${by} ${told}`) ?? { site: node.site, told, by, nodes: [] };
    group.nodes.push(node);
    groups.set(`${by} ${told}`, group);
  }
  return [...groups.values()];
}

/** Groups that are worth an operator's word: several nodes, and not all of them in one domain yet. */
export function nvlinkProposals(nodes: readonly NvlinkTeller[]): NvlinkGroup[] {
  return nvlinkGroups(nodes).filter(
    (group) =>
      group.nodes.length > 1 &&
      (group.nodes.some((node) => node.domain === null) || domainsOf(group.nodes).length > 1),
  );
}

/** The domains that some of these nodes are in already. */
export function domainsOf(nodes: readonly NvlinkTeller[]): { id: Id<"fabric">; name: string }[] {
  const found = new Map(nodes.flatMap(({ domain }) => (domain ? [[domain.id, domain]] : [])));
  return [...found.values()];
}

/**
 * Where what was entered and what nodes tell differ, in words by node: nodes of one domain tell several, or
 * nodes that tell the same are in several.
 */
export function nvlinkDisagreements(nodes: readonly NvlinkTeller[]): Map<Id<"node">, string> {
  const groups = nvlinkGroups(nodes);
  const words = new Map<Id<"node">, string>();
  for (const group of groups) {
    for (const node of group.nodes) {
      const { domain } = node;
      if (!domain) continue;
      const apart = group.nodes.find((each) => each.domain && each.domain.id !== domain.id);
      const strangers = groups
        .filter((each) => each !== group)
        .flatMap((each) => each.nodes)
        .find((each) => each.domain?.id === domain.id);
      const tells = `It tells ${group.by === "cluster" ? "NVLink domain" : "rack"} ${group.told}`;
      if (apart) words.set(node.id, `${tells}, as ${apart.name} of ${apart.domain?.name} does.`);
      else if (strangers) words.set(node.id, `${tells}, and ${strangers.name} tells another.`);
    }
  }
  return words;
}
