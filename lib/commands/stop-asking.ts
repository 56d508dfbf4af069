import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { settleHookRun } from "#db/queries/hook-runs";
import { announce, wakeWorkers } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { whyNotStopped } from "#lib/domain/hook/stop";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { StopAskingInput } from "#lib/schemas/hook";

/**
 * Has a provider asked no more to take back what it made: the hook has failed with the reason given, as
 * one whose time is over, and counts as left over until it is run again and succeeds. What waits for it
 * goes on at once; an answer that is under way changes nothing. Refused for what takes nothing back, and
 * for what has ended.
 */
export async function stopAsking(
  db: Database,
  grant: Grant<"node.operate">,
  { hookRunId, reason }: StopAskingInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ run: hookRuns, environment: environments.name })
      .from(hookRuns)
      .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
      .where(eq(hookRuns.id, hookRunId))
      .for("no key update", { of: hookRuns });
    if (!found) return refuse({ kind: "not_found", resource: "hook run" });
    const { definition, state, input, name, point, ...run } = found.run;
    const why = whyNotStopped({ kind: definition.kind, state, event: input.event });
    if (why) return refuse({ kind: "not_now", ...why });
    const words = `${grant.actorName} stopped asking: ${reason}`;
    const [stopped] = await tx
      .update(hookRuns)
      // Whoever holds it just now can commit nothing any more.
      .set({ state: "failed", words, finishedAt: sql`now()`, fence: sql`${hookRuns.fence} + 1` })
      .where(eq(hookRuns.id, hookRunId))
      .returning();
    if (!stopped) throw new Error("a run that was held is gone");
    const { tenantId, projectId, environmentId } = run;
    await settleHookRun(tx, stopped);
    await wakeWorkers(tx);
    await announce(tx, `environment:${environmentId}`);
    await recordAudit(tx, grant, {
      action: "hook.stop_asking",
      object: { kind: "environment", id: environmentId, name: found.environment },
      detail: { hook: name, point, reason },
      ...{ tenantId, projectId },
    });
    return ok(undefined);
  });
}
