import { z } from "zod";
import { type IdKind, idPrefixes } from "#lib/domain/id";

/** A moment as the database reads it, to the microsecond: of a year and a day that there are. */
const moment = z.iso.datetime({ precision: 6 }).regex(/^(?!0000)/);

/** Where a page of a list ended that is ordered by time: `time,id`, behind one of `ahead` where that goes first. */
export const placeOf = (kind: IdKind, ahead: readonly string[] = []) => {
  const first = ahead.length > 0 ? `(?:${ahead.join("|")}),` : "";
  return z
    .string()
    .regex(new RegExp(`^${first}[^,]{27},${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
    .refine((place) => moment.safeParse(place.split(",").at(-2)).success);
};
