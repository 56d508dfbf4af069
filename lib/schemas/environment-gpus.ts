import { z } from "zod";
import { mapNode, mapTold } from "#lib/schemas/gpu-map";

/** Every GPU that an environment holds now, by group and node, with one value each. */
export const environmentGpus = mapTold.extend({
  nodes: z.array(mapNode.extend({ name: z.string(), group: z.string() })),
});
export type EnvironmentGpus = z.infer<typeof environmentGpus>;

/** What has changed on that map since a moment: the nodes that were heard of. */
export const environmentGpusTail = mapTold.extend({ nodes: z.array(mapNode) });
export type EnvironmentGpusTail = z.infer<typeof environmentGpusTail>;
