import "server-only";
import { sql } from "drizzle-orm";
import { isDatabaseAway } from "#db/database-away";
import { database, databaseAnswers } from "#lib/server/database";

/**
 * What keeps Ingot from doing its work, in words; empty when all is there. A portal whose database
 * answers can serve people (`/api/health`), and still nothing that they order is carried out without
 * a worker.
 */
export async function notReady(): Promise<string[]> {
  const workers = (await databaseAnswers()) ? await countWorkers() : null;
  if (workers === null) return ["The database does not answer: no page can be shown."];
  return workers > 0
    ? []
    : [
        "No worker is connected to the database: nothing that is ordered is carried out, and no GPU is measured.",
      ];
}

/** Every worker holds one such connection, as candidate or as leader (db/leader); null when nobody answers. */
async function countWorkers(): Promise<number | null> {
  try {
    const { rows } = await database().execute<{ workers: number }>(sql`
      select count(*)::int as workers from pg_stat_activity
      where datname = current_database() and application_name = 'ingot_worker leadership'`);
    return rows[0]?.workers ?? 0;
  } catch (error) {
    // It has gone since it answered.
    if (isDatabaseAway(error)) return null;
    throw error;
  }
}
