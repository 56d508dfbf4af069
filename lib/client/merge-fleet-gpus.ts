import { freshFor } from "#lib/domain/telemetry/fresh";
import type { FleetGpus, FleetGpusTail } from "#lib/schemas/fleet-gpus";

type Node = FleetGpus["racks"][number]["nodes"][number];

/**
 * The map with what has been told since, every other node as much older as time has passed: what is
 * too old is unknown. Null when the tail is of a node that the map does not have, which has to be asked
 * for then. A tail from before the map, or of another metric, changes nothing.
 */
export function mergeFleetGpus(map: FleetGpus, tail: FleetGpusTail): FleetGpus | null {
  const { nodes, ...now } = tail;
  if (tail.metric !== map.metric || tail.nowMs <= map.nowMs) return map;
  const told = new Map(nodes.map((node) => [node.id as string, node]));
  const environments = [...map.environments];
  const indexOf = (environment: string | null) => {
    if (environment === null) return null;
    const known = environments.indexOf(environment);
    return known >= 0 ? known : environments.push(environment) - 1;
  };
  const passedMs = tail.nowMs - map.nowMs;
  const racks = map.racks.map((rack) => ({
    ...rack,
    nodes: rack.nodes.map((node) => {
      const newer = told.get(node.id);
      if (!newer) return aged(node, passedMs, map);
      told.delete(node.id);
      return { ...node, ...newer, environment: indexOf(newer.environment) };
    }),
  }));
  return told.size > 0 ? null : { ...now, environments, racks };
}

function aged(node: Node, passedMs: number, { metric, scrapeMs }: FleetGpus): Node {
  const freshMs = freshFor(scrapeMs);
  if (node.age === null) return node;
  const age = node.age + passedMs;
  if (age <= freshMs || node.age > freshMs) return { ...node, age };
  // A reason that was told stays until it is settled; that a node is well is told anew each time.
  const kept = (value: number | null) => (metric === "health" && value ? value : null);
  return { ...node, age, values: node.values.map(kept) };
}
