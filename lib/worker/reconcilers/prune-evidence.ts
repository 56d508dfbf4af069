import { sql } from "drizzle-orm";
import type { Database } from "#db/client";

/**
 * Removes exchanges, calls of providers and log lines older than the days given, a bounded number a time. What an
 * operation came to stays: only its details go. Secret inputs of released environments go, too.
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
    sql`delete from provider_calls where id in (select id from provider_calls where at < ${limit} order by id limit 10000)`,
  );
  await db.execute(
    sql`delete from environment_secrets where environment_id in (select id from environments where state = 'released')`,
  );
}
