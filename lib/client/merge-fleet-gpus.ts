import { mergeMapNodes } from "#lib/client/merge-map-nodes";
import type { FleetGpus, FleetGpusTail } from "#lib/schemas/fleet-gpus";

/**
 * The map with what has been told since. Null when the tail is of a node that the map does not have, which
 * has to be asked for then. A tail from before the map, or of another metric, changes nothing.
 */
export function mergeFleetGpus(map: FleetGpus, tail: FleetGpusTail): FleetGpus | null {
  const { nodes, ...now } = tail;
  if (tail.metric !== map.metric || tail.nowMs <= map.nowMs) return map;
  const environments = [...map.environments];
  const indexOf = (environment: string | null) => {
    if (environment === null) return null;
    const known = environments.indexOf(environment);
    return known >= 0 ? known : environments.push(environment) - 1;
  };
  const told = new Map(
    nodes.map((node) => [node.id, { ...node, environment: indexOf(node.environment) }]),
  );
  const merge = mergeMapNodes(map, tail.nowMs - map.nowMs, told);
  const racks = map.racks.map((rack) => ({ ...rack, nodes: rack.nodes.map(merge) }));
  return told.size > 0 ? null : { ...now, environments, racks };
}
