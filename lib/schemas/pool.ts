import { z } from "zod";
import { poolKinds } from "#lib/domain/pool/pool";
import { idOf } from "#lib/schemas/id";
import { label, prose, slug } from "#lib/schemas/text";

/** What is in it is read by the pool's kind (`parseRanges`); here only that it is text. */
const ranges = prose(4_000).refine((text) => text !== "", { error: "Enter at least one range." });

const settings = {
  warnPercent: z
    .number("Enter a number.")
    .int("Enter a whole number.")
    .min(1, "From 1 to 100 percent.")
    .max(100, "From 1 to 100 percent."),
  cooldownMinutes: z
    .number("Enter a number.")
    .int("Enter whole minutes.")
    .min(0, "From 0 minutes to 30 days.")
    .max(43_200, "From 0 minutes to 30 days."),
};

export const createPoolInput = z
  .object({
    siteId: idOf("site"),
    kind: z.enum(poolKinds),
    name: slug(40),
    ranges,
    /** Of private prefixes only: how long each of them is. */
    itemLength: z.number("Enter a number.").int("Enter a whole number.").min(1).max(128).nullable(),
    ...settings,
  })
  .strict();
export type CreatePoolInput = z.infer<typeof createPoolInput>;

export const changePoolInput = z.object({ poolId: idOf("pool"), ranges, ...settings }).strict();
export type ChangePoolInput = z.infer<typeof changePoolInput>;

export const reservePoolItemsInput = z
  .object({ poolId: idOf("pool"), items: ranges, reason: label("why they are kept out", 200) })
  .strict();
export type ReservePoolItemsInput = z.infer<typeof reservePoolItemsInput>;

export const liftReservationInput = z.object({ itemId: idOf("poolItem") }).strict();
export type LiftReservationInput = z.infer<typeof liftReservationInput>;

export const retirePoolInput = z.object({ poolId: idOf("pool") }).strict();
export type RetirePoolInput = z.infer<typeof retirePoolInput>;
