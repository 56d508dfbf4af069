import { z } from "zod";
import { line } from "#lib/schemas/text";

/** What the lines of a report of use can be. */
export const partsOfUse = ["tenant", "project", "environment", "profile"] as const;
export type UsePart = (typeof partsOfUse)[number];

/** What a report's lines can be ordered by, most first. */
export const ordersOfUse = ["idle", "held", "busy", "unknown", "cost"] as const;
export type UseOrder = (typeof ordersOfUse)[number];

const gpuSeconds = z.object({
  held: z.number().int(),
  busy: z.number().int(),
  idle: z.number().int(),
  unknown: z.number().int(),
});

/** The monthly report as JSON: whole GPU-seconds, of which busy, idle and unknown add up to held. */
export const reportOfUseShape = z.object({
  month: z.string(),
  time_zone: z.literal("UTC"),
  from: z.iso.datetime(),
  /** The month's end, or the moment of the report while the month lasts. */
  until: z.iso.datetime(),
  /** Use is judged up to here; what is later is unknown as yet. Null: nothing has been judged. */
  judged_until: z.iso.datetime().nullable(),
  by: z.enum(partsOfUse),
  gpu_seconds: gpuSeconds,
  /** What amounts are told in, by ISO 4217. */
  currency: z.string(),
  /** In hundredths, of the nodes that have a price: what the lines add up to; null when none has. */
  cost_cents: z.number().int().nullable(),
  lines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      tenant: z.object({ slug: z.string(), name: z.string() }).nullable(),
      project: z.object({ slug: z.string(), name: z.string() }).nullable(),
      gpu_seconds: gpuSeconds,
      cost_cents: z.number().int().nullable(),
    }),
  ),
});
export type UseReport = z.infer<typeof reportOfUseShape>;
export type UseLine = UseReport["lines"][number];

/** What a report is asked for; whether the month is one and the lines may be had, the view says. */
export const reportOfUseQuery = z.object({
  month: line(40).optional(),
  by: z.enum(partsOfUse, "Choose tenant, project, environment or profile.").optional(),
  format: z.enum(["json", "csv"], "Choose json or csv.").default("json"),
});
export type ReportOfUseQuery = z.infer<typeof reportOfUseQuery>;
