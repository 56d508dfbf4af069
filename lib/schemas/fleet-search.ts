import { z } from "zod";
import { line } from "#lib/schemas/text";

export const fleetSearchQuery = line(100).min(2);

/** What the search gives: things with where to go, by kind. */
export const fleetSearchAnswer = z.array(
  z.object({
    heading: z.string(),
    items: z.array(
      z.object({ id: z.string(), label: z.string(), href: z.string(), hint: z.string() }),
    ),
  }),
);
export type FleetSearchAnswer = z.infer<typeof fleetSearchAnswer>;
