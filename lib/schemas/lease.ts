import { z } from "zod";
import { mostLeaseHours } from "#lib/domain/environment/lease";

/** How long an environment may stay, in hours; null for as long as it likes. */
export const longestLeaseHours = z
  .number("Enter whole hours, or nothing for no limit.")
  .int("Whole hours.")
  .min(1, "An hour at least.")
  .max(mostLeaseHours, "A year at most: 8760 hours.")
  .nullable();
