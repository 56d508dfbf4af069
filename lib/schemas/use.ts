import { z } from "zod";

/** What the lines of a report of use can be. */
export const useParts = ["tenant", "project", "environment", "profile"] as const;
export type UsePart = (typeof useParts)[number];

/** What a report's lines can be ordered by, most first. */
export const useOrders = ["idle", "held", "busy", "unknown"] as const;
export type UseOrder = (typeof useOrders)[number];

const gpuSeconds = z.object({
  held: z.number().int(),
  busy: z.number().int(),
  idle: z.number().int(),
  unknown: z.number().int(),
});

/** The monthly report as JSON: whole GPU-seconds, of which busy, idle and unknown add up to held. */
export const useReport = z.object({
  month: z.string(),
  time_zone: z.literal("UTC"),
  from: z.iso.datetime(),
  /** The month's end, or the moment of the report while the month lasts. */
  until: z.iso.datetime(),
  /** Use is judged up to here; what is later is unknown as yet. Null: nothing has been judged. */
  judged_until: z.iso.datetime().nullable(),
  by: z.enum(useParts),
  gpu_seconds: gpuSeconds,
  lines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      tenant: z.object({ slug: z.string(), name: z.string() }).nullable(),
      project: z.object({ slug: z.string(), name: z.string() }).nullable(),
      gpu_seconds: gpuSeconds,
    }),
  ),
});
export type UseReport = z.infer<typeof useReport>;
export type UseLine = UseReport["lines"][number];

/** What a report is asked for. `month` and `by` are left to the view, which has a word for each "no". */
export const useQuery = z.object({
  month: z.string().optional().catch(undefined),
  by: z.enum(useParts).optional(),
  format: z.enum(["json", "csv"]).default("json"),
});
