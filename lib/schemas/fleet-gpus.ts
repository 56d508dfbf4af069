import { z } from "zod";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { mapNode, mapTold } from "#lib/schemas/gpu-map";
import { idOf } from "#lib/schemas/id";

/** A node in a list beside the map, by those of its GPUs that it is listed for. */
const listedNode = z.object({
  nodeId: idOf("node"),
  node: z.string(),
  rack: z.string(),
  /** Their indexes; -1 is the node as a whole. */
  gpus: z.array(z.number().int()),
  /** The value in words. */
  words: z.string(),
  environment: z.string().nullable(),
  /** Since when, or when last; null where that is not known. */
  at: z.string().nullable(),
});
export type ListedNode = z.infer<typeof listedNode>;

/** The first nodes of a list, and how many there are altogether. */
const nodeList = z.object({ nodes: z.array(listedNode), total: z.number().int() });
export type NodeList = z.infer<typeof nodeList>;

/** Every GPU of the fleet by rack and node, with one value each. */
export const fleetGpus = mapTold.extend({
  environments: z.array(z.string()),
  racks: z.array(
    z.object({
      id: idOf("rack"),
      name: z.string(),
      nodes: z.array(
        mapNode.extend({
          name: z.string(),
          lifecycle: z.enum(nodeLifecycles),
          /** Which of `environments` holds it. */
          environment: z.number().int().nullable(),
        }),
      ),
    }),
  ),
  hottest: nodeList,
  idlest: nodeList,
  throttling: nodeList,
  /** Of the last day, by node: those that need it first. */
  xids: nodeList,
  models: z.array(
    z.object({
      model: z.string(),
      gpus: z.number().int(),
      held: z.number().int(),
      free: z.number().int(),
      /** Mean utilization of those it is known of; null when of none. */
      utilization: z.number().nullable(),
      known: z.number().int(),
    }),
  ),
});
export type FleetGpus = z.infer<typeof fleetGpus>;

/** What has changed on the map since a moment: the nodes that were heard of, and the lists anew. */
export const fleetGpusTail = fleetGpus.omit({ environments: true, racks: true }).extend({
  nodes: z.array(
    mapNode.extend({
      lifecycle: z.enum(nodeLifecycles),
      /** By name. */
      environment: z.string().nullable(),
    }),
  ),
});
export type FleetGpusTail = z.infer<typeof fleetGpusTail>;
