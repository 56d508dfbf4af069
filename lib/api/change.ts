import { z } from "zod";

/** What differs between two versions; null where it is not there: it was added, or removed. */
export const change = z.object({
  what: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

/** What differs from one version to another, by number; null where there is nothing to compare with. */
export const comparison = z
  .object({ from: z.number(), to: z.number(), changes: z.array(change) })
  .nullable();
