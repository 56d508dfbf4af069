import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";

/**
 * What waits for a person: how many operations are stuck, and how many hooks of releases have failed
 * and not succeeded since, so that what a launch made is there still.
 */
export async function fleetAttention(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<{ stuck: number; leftOver: number }> {
  return withGrant(db, grant, async (tx) => ({
    stuck: await tx.$count(operations, eq(operations.state, "stuck")),
    leftOver: await tx.$count(
      hookRuns,
      and(
        eq(hookRuns.state, "failed"),
        // Only a provider has made something, and one that is retired is asked nothing more.
        sql`exists (select from providers asked where asked.state = 'active'
          and asked.id = ${hookRuns.definition} ->> 'providerId')`,
        sql`${hookRuns.input} ->> 'event' = 'destroy'`,
        // One that was run again is counted by its newest run, until that succeeds.
        sql`not exists (select from hook_runs newer where newer.operation_id = ${hookRuns.operationId}
          and newer.name = ${hookRuns.name} and newer.round > ${hookRuns.round}
          and newer.state in ('succeeded', 'failed'))`,
      ),
    ),
  }));
}
