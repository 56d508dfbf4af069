import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { scrapeMs } from "#lib/schemas/telemetry";

/** What a map of GPUs can be coloured by. */
export const mapMetrics = ["utilization", "temperature", "power", "health"] as const;
export type MapMetric = (typeof mapMetrics)[number];

export const mapMetricAsked = z.enum(mapMetrics).default("utilization");

/** Of what a map tells, by the server's clock. */
export const mapTold = z.object({ metric: z.enum(mapMetrics), nowMs: z.number(), scrapeMs });
export type MapTold = z.infer<typeof mapTold>;

/**
 * A node on a map, with one value of each of its GPUs: short names, since there may be very many. A value
 * is null where it is not known now; for health it is 0 (well), 1 (warning) or 2 (critical).
 */
export const mapNode = z.object({
  id: idOf("node"),
  /** The age of its newest values in ms; null when there are none. */
  age: z.number().nullable(),
  values: z.array(z.number().nullable()),
});

/** A node on a map that is drawn. */
export type MapNode = z.infer<typeof mapNode> & { name: string };
