import { z } from "zod";

/** How long a page of a list is: `?limit=`. */
export const limit = z.coerce
  .number({ error: "A whole number from 1 to 100." })
  .int("A whole number from 1 to 100.")
  .min(1, "At least 1.")
  .max(100, "At most 100.")
  .default(25);

/** A page of a list; `next` goes into `?after=` for the one that follows, and is null on the last. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/** A list that fits into one answer. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });
