import { z } from "zod";

export const fleetSearchQuery = z.string().trim().min(2).max(100);

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
