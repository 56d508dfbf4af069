import { z } from "zod";

/** What differs between two versions; null where it is not there: it was added, or removed. */
export const change = z.object({
  what: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
