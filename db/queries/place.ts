import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

// Pages of lists that are ordered by time. A page says where it ended as `time,id`, and the next one begins
// there, however many rows came or went meanwhile.

/** A moment as text, to the microsecond: a page that began at a rounded one would repeat or lose a row. */
export const exactly = (at: AnyPgColumn) =>
  sql<string>`to_char(${at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The rows that follow a place in a list ordered by these columns; all of them where there is no place. */
export function following(
  place: string | undefined,
  at: AnyPgColumn,
  id: AnyPgColumn,
  order: "newest first" | "oldest first" = "newest first",
): SQL | undefined {
  if (place === undefined) return undefined;
  const [moment, last] = place.split(",");
  const beyond = order === "newest first" ? sql`<` : sql`>`;
  return sql`(${at}, ${id}) ${beyond} (${moment}::timestamptz, ${last})`;
}
