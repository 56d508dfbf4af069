import { desc, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { keptLog } from "#db/queries/script-runs";
import { scriptRuns } from "#db/schema/script-runs";
import type { ScriptRunView } from "#lib/schemas/environment-view";

const shownLog = 8_000;

/** How scripts are on each node, by what they belong to: the latest attempt of each. */
export async function scriptViews(
  tx: Transaction,
  owner: typeof scriptRuns.hookRunId | typeof scriptRuns.dryCallId,
  ids: readonly string[],
): Promise<Map<string, ScriptRunView[]>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectDistinctOn([owner, scriptRuns.hostname], {
      owner: sql<string>`${owner}`,
      hostname: scriptRuns.hostname,
      attempt: scriptRuns.attempt,
      state: scriptRuns.state,
      words: scriptRuns.words,
      exitCode: scriptRuns.exitCode,
      log: sql<string>`right(${keptLog}, ${shownLog}::integer)`,
      leftOut: sql<number>`greatest(0, length(${keptLog}) - ${shownLog}::integer)`,
      bytesLeftOut: scriptRuns.logLeftOut,
      logBytes: scriptRuns.logBytes,
      startedAt: scriptRuns.startedAt,
      finishedAt: scriptRuns.finishedAt,
    })
    .from(scriptRuns)
    .where(inArray(sql`${owner}`, [...ids]))
    .orderBy(owner, scriptRuns.hostname, desc(scriptRuns.attempt));
  const found = new Map<string, ScriptRunView[]>();
  for (const { owner: id, startedAt, finishedAt, ...row } of rows) {
    const script = {
      ...row,
      startedAt: startedAt?.toISOString() ?? null,
      finishedAt: finishedAt?.toISOString() ?? null,
    };
    found.set(id, [...(found.get(id) ?? []), script]);
  }
  return found;
}
