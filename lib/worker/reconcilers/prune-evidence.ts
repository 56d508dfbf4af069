import { sql } from "drizzle-orm";
import type { Database } from "#db/client";

/**
 * Removes exchanges, log lines and the logs of jobs older than the days given, a bounded number a time. What an
 * operation came to stays: only its details go.
 */
export async function pruneEvidence(db: Database, keepDays: number): Promise<void> {
  const limit = sql`now() - ${`${keepDays} days`}::interval`;
  await db.execute(
    sql`delete from exchanges where id in (select id from exchanges where at < ${limit} order by id limit 10000)`,
  );
  await db.execute(
    sql`delete from operation_logs where id in (select id from operation_logs where at < ${limit} order by id limit 10000)`,
  );
  await db.execute(
    sql`update boot_windows set job_log = null, job_log_at = null where id in (select id from boot_windows where job_log_at < ${limit} limit 10000)`,
  );
}
