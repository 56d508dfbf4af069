import type { Id } from "#lib/domain/id";

/** In bytes: a list is sent as one request, of which Next takes a megabyte. */
export const longestSheet = 900_000;
/** It is checked and enrolled in one transaction. */
export const mostSheetLines = 5_000;

/** What a list says of one node, as far as it can be held against the fleet. */
export type ListedNode = {
  name: string;
  controllerAddress: string;
  nodeType: string;
  /** `rack`, or `site/rack` where two sites have a rack of that name. */
  rack: string;
  unit: number | null;
};

export type ListedLine<N extends ListedNode = ListedNode> = {
  line: number;
  node: N | null;
  problems: readonly string[];
};

/** What is known of the fleet, as far as a list touches it. */
export type EnrolmentFacts = {
  racks: readonly { id: Id<"rack">; name: string; site: string; units: number }[];
  nodeTypes: readonly { id: Id<"nodeType">; name: string }[];
  /** Nodes that have a name or a controller of the list. */
  nodes: readonly { id: Id<"node">; name: string; controllerAddress: string }[];
};

/** What would become of one line, or became of it. */
export type PlannedLine<N extends ListedNode = ListedNode> =
  | { line: number; outcome: "enrol"; node: N; rackId: Id<"rack">; nodeTypeId: Id<"nodeType"> }
  | { line: number; outcome: "enrolled"; nodeId: Id<"node"> }
  | { line: number; outcome: "refused"; problems: string[] };

/**
 * Says of each line whether its node can be enrolled. A node that is there already under this name
 * and at this controller is left as it is, so that a list may be sent again after it was corrected.
 */
export function planEnrolment<N extends ListedNode>(
  lines: readonly ListedLine<N>[],
  facts: EnrolmentFacts,
): PlannedLine<N>[] {
  const lineOfName = new Map<string, number>();
  const lineOfController = new Map<string, number>();
  const byName = new Map(facts.nodes.map((node) => [node.name, node]));
  const byController = new Map(facts.nodes.map((node) => [node.controllerAddress, node]));
  const findRack = rackFinder(facts.racks);

  return lines.map(({ line, node, problems: unreadable }) => {
    if (!node) return { line, outcome: "refused", problems: [...unreadable] };
    const problems: string[] = [];
    const { name, controllerAddress } = node;

    const sameName = lineOfName.get(name);
    if (sameName) problems.push(`Line ${sameName} has the same name.`);
    const sameController = lineOfController.get(controllerAddress);
    if (sameController) problems.push(`Line ${sameController} has the same controller.`);
    lineOfName.set(name, sameName ?? line);
    lineOfController.set(controllerAddress, sameController ?? line);

    const there = byName.get(name);
    if (there && there.controllerAddress === controllerAddress && problems.length === 0) {
      return { line, outcome: "enrolled", nodeId: there.id };
    }
    if (there) problems.push(`There is a node ${name} already, at ${there.controllerAddress}.`);
    const other = byController.get(controllerAddress);
    if (other && other !== there) {
      problems.push(`The controller at ${controllerAddress} is that of ${other.name}.`);
    }

    const rack = findRack(node.rack);
    if (typeof rack === "string") problems.push(rack);
    else if (node.unit !== null && node.unit > rack.units) {
      problems.push(`Rack ${rack.name} has ${rack.units} units and no unit ${node.unit}.`);
    }
    const type = facts.nodeTypes.find((known) => known.name === node.nodeType);
    if (!type) problems.push(`There is no node type ${node.nodeType}.`);

    if (problems.length > 0 || typeof rack === "string" || !type) {
      return { line, outcome: "refused", problems };
    }
    return { line, outcome: "enrol", node, rackId: rack.id, nodeTypeId: type.id };
  });
}

type Rack = EnrolmentFacts["racks"][number];

function rackFinder(racks: readonly Rack[]): (text: string) => Rack | string {
  const known = new Map<string, Rack[]>();
  for (const rack of racks) {
    for (const key of [rack.name, `${rack.site}/${rack.name}`]) {
      known.set(key, [...(known.get(key) ?? []), rack]);
    }
  }
  return (text) => {
    const [rack, ...others] = known.get(text) ?? [];
    if (!rack) return `There is no rack ${text}.`;
    if (others.length === 0) return rack;
    const ways = [rack, ...others].map(({ site, name }) => `${site}/${name}`);
    return `Several sites have a rack ${text}: write ${ways.join(" or ")}.`;
  };
}
