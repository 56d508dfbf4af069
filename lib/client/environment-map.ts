import { type HeatmapSize, heatmapSizes } from "#lib/client/heatmap-layout";
import type { MapBlock } from "#lib/client/map-look";
import { mergeMapNodes } from "#lib/client/merge-map-nodes";
import type { EnvironmentGpus, EnvironmentGpusTail } from "#lib/schemas/environment-gpus";

type Node = EnvironmentGpus["nodes"][number];

/** So many nodes have room for a name each. */
const mostNamed = 16;
/** Of more, so many stand under one name. */
const nodesABlock = 16;

/**
 * How the GPUs of an environment are laid out: few nodes each under its own name and large, more in blocks of
 * one group, named by the first of each.
 */
export function environmentBlocks(nodes: readonly Node[]): {
  blocks: (MapBlock & { nodes: readonly Node[] })[];
  size: HeatmapSize;
} {
  const isFew = nodes.length <= mostNamed;
  const most = isFew ? 1 : nodesABlock;
  const blocks: { name: string; nodes: Node[] }[] = [];
  for (const node of nodes) {
    const last = blocks.at(-1);
    if (last && last.nodes.length < most && last.nodes[0]?.group === node.group) {
      last.nodes.push(node);
      last.name = `${last.nodes[0].name} on`;
    } else {
      blocks.push({ name: node.name, nodes: [node] });
    }
  }
  return { blocks, size: isFew ? heatmapSizes.large : heatmapSizes.small };
}

/**
 * The map with what has been told since. Null when the tail is of a node that the map does not have, which
 * has to be asked for then. A tail from before the map, or of another metric, changes nothing.
 */
export function mergeEnvironmentGpus(
  map: EnvironmentGpus,
  tail: EnvironmentGpusTail,
): EnvironmentGpus | null {
  if (tail.metric !== map.metric || tail.nowMs <= map.nowMs) return map;
  const told = new Map(tail.nodes.map((node) => [node.id, node]));
  const nodes = map.nodes.map(mergeMapNodes(map, tail.nowMs - map.nowMs, told));
  return told.size > 0 ? null : { ...tail, nodes };
}
