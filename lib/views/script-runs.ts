import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { keptLog } from "#db/queries/script-runs";
import { dryCalls } from "#db/schema/dry-runs";
import { hookRuns } from "#db/schema/hooks";
import { scriptRuns } from "#db/schema/script-runs";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { isId } from "#lib/domain/id";
import type { ScriptLogView, ScriptRunView } from "#lib/schemas/environment-view";

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
      id: scriptRuns.id,
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

/**
 * All that is kept of what a script wrote on one node. Null when there is none of that id, or none where
 * whoever asks may look: in the project, or for operators anywhere, dry runs included.
 */
export async function scriptLog(
  db: Database,
  grant: Grant<"environment.read"> | Grant<"fleet.read">,
  id: string,
): Promise<ScriptLogView | null> {
  if (!isId("scriptRun", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select({
        hook: sql<string>`coalesce(${hookRuns.name}, ${dryCalls.name})`,
        hostname: scriptRuns.hostname,
        attempt: scriptRuns.attempt,
        state: scriptRuns.state,
        log: keptLog,
        bytesLeftOut: scriptRuns.logLeftOut,
      })
      .from(scriptRuns)
      .leftJoin(hookRuns, eq(hookRuns.id, scriptRuns.hookRunId))
      .leftJoin(dryCalls, eq(dryCalls.id, scriptRuns.dryCallId))
      .where(
        and(
          eq(scriptRuns.id, id),
          grant.scope === "project" ? eq(scriptRuns.projectId, grant.projectId) : undefined,
        ),
      );
    return row ?? null;
  });
}

/** The same as a file to keep: plain text, whatever it holds, under a name of plain letters. */
export function logFile({ hook, hostname, attempt, log }: ScriptLogView) {
  const name = `${hook}-${hostname}-${attempt}`.replace(/[^A-Za-z0-9.-]+/g, "-");
  return { name: `${name}.txt`, type: "text/plain; charset=utf-8", text: log };
}
