import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { actWindows } from "#db/schema/act-windows";

/**
 * Counts one more act under a key, by the database's clock. Gives how many there have been within the
 * minute, this one too, and in how many seconds that minute is over.
 */
export async function countAct(
  db: Database,
  key: string,
): Promise<{ acts: number; secondsLeft: number }> {
  const { windowAt, acts } = actWindows;
  const goesOn = sql`${windowAt} > now() - interval '1 minute'`;
  const [row] = await db
    .insert(actWindows)
    .values({ key, windowAt: sql`now()`, acts: 1 })
    .onConflictDoUpdate({
      target: actWindows.key,
      set: {
        windowAt: sql`case when ${goesOn} then ${windowAt} else now() end`,
        acts: sql`case when ${goesOn} then ${acts} + 1 else 1 end`,
      },
    })
    .returning({
      acts,
      secondsLeft: sql<number>`greatest(1, ceil(extract(epoch from ${windowAt} + interval '1 minute' - now())))::integer`,
    });
  if (!row) throw new Error("an act was not counted");
  return row;
}
