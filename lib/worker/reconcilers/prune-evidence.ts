import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { pruneAnswers } from "#db/queries/api-answers";
import { pruneLeases } from "#db/queries/dhcp-leases";
import { pruneSecrets } from "#db/queries/environment-secrets";
import { pruneHealthReasons } from "#db/queries/health-reasons";

/**
 * Removes exchanges, calls of providers, dry runs, notifications, log lines, DHCP leases and the logs of jobs and of scripts older than the
 * days given, a bounded number a time. What an operation came to stays: only its details go. Reasons of health that
 * have closed are kept three times as long, and answers of the API for a day; secret inputs of released environments, and what they kept of config contexts, go at once; so do values of
 * secrets that were replaced and that no environment has, or of secret inputs that no node has any more.
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
  await pruneAnswers(db);
  await pruneLeases(db, keepDays);
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
  await pruneSecrets(db);
  for (const kept of [sql`environment_context_secrets`, sql`environment_contexts`]) {
    await db.execute(
      sql`delete from ${kept} where environment_id in (select id from environments where state = 'released')`,
    );
  }
  // Not the one that was replaced just now: a launch under way may be about to keep it.
  await db.execute(
    sql`delete from context_secrets where ended_at < now() - interval '10 minutes'
      and not exists (select from environment_context_secrets k where k.secret_id = context_secrets.id)`,
  );
  await db.execute(
    sql`update script_runs set log = '', log_tail = '', log_left_out = 0 where id in (select id from script_runs where finished_at < ${limit} and log <> '' limit 10000)`,
  );
  await db.execute(
    sql`update boot_windows set job_log = null, job_log_at = null where id in (select id from boot_windows where job_log_at < ${limit} limit 10000)`,
  );
}
