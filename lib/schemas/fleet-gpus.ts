import { z } from "zod";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { idOf } from "#lib/schemas/id";
import { scrapeMs } from "#lib/schemas/telemetry";

/** What the map of the fleet's GPUs can be coloured by. */
export const mapMetrics = ["utilization", "temperature", "power", "health"] as const;
export type MapMetric = (typeof mapMetrics)[number];

export const fleetGpusQuery = z.enum(mapMetrics).default("utilization");

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

/**
 * Every GPU of the fleet by rack and node, with one value each: short names, since there may be very
 * many. A value is null where it is not known now; for health it is 0 (well), 1 (warning) or
 * 2 (critical).
 */
export const fleetGpus = z.object({
  metric: z.enum(mapMetrics),
  nowMs: z.number(),
  scrapeMs,
  environments: z.array(z.string()),
  racks: z.array(
    z.object({
      id: idOf("rack"),
      name: z.string(),
      nodes: z.array(
        z.object({
          id: idOf("node"),
          name: z.string(),
          lifecycle: z.enum(nodeLifecycles),
          /** The age of its newest values in ms; null when there are none. */
          age: z.number().nullable(),
          /** Which of `environments` holds it. */
          environment: z.number().int().nullable(),
          values: z.array(z.number().nullable()),
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
    z.object({
      id: idOf("node"),
      lifecycle: z.enum(nodeLifecycles),
      age: z.number().nullable(),
      /** By name. */
      environment: z.string().nullable(),
      values: z.array(z.number().nullable()),
    }),
  ),
});
export type FleetGpusTail = z.infer<typeof fleetGpusTail>;
