import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { pruneHealthReasons } from "#db/queries/health-reasons";

/**
 * Removes exchanges, calls of providers, dry runs, notifications, log lines and the logs of jobs and of scripts older than the
 * days given, a bounded number a time. What an operation came to stays: only its details go. Reasons of health that
 * have closed are kept three times as long; secret inputs of released environments go at once.
 */
export async function pruneEvidence(db: Database, keepDays: number): Promise<void> {
  const limit = sql`now() - ${`${keepDays} days`}::interval`;
  await db.execute(
    sql`delete from exchanges where id in (select id from exchanges where at < ${limit} order by id limit 10000)`,
  );
  await db.execute(
    sql`delete from operation_logs where id in (select id from operation_logs where at < ${limit} order by id limit 10000)`,
  );
  await pruneHealthReasons(db, 3 * keepDays);
  await db.execute(
    sql`delete from notifications where id in (select id from notifications where created_at < ${limit} order by created_at limit 10000)`,
  );
  await db.execute(
    sql`delete from provider_calls where id in (select id from provider_calls where at < ${limit} order by id limit 10000)`,
  );
  await db.execute(
    sql`delete from dry_runs where id in (select id from dry_runs where created_at < ${limit} order by created_at limit 10000)`,
  );
  await db.execute(
    sql`delete from environment_secrets where environment_id in (select id from environments where state = 'released')`,
  );
  await db.execute(
    sql`update script_runs set log = '' where id in (select id from script_runs where finished_at < ${limit} and log <> '' limit 10000)`,
  );
  await db.execute(
    sql`update boot_windows set job_log = null, job_log_at = null where id in (select id from boot_windows where job_log_at < ${limit} limit 10000)`,
  );
}
