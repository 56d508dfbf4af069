import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { announce, wakeWorkers } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { isRetriedAlone } from "#lib/domain/hook/hook";
import { newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RetryHookInput } from "#lib/schemas/hook";

/**
 * Runs one failed hook again, alone, with the input it had: the operation it belonged to stays as it
 * is. The earlier run is kept. Refused for what a person decides, for what has not failed, and while
 * it is being run again already.
 */
export async function retryHook(
  db: Database,
  grant: Grant<"environment.operate"> | Grant<"node.operate">,
  input: RetryHookInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ run: hookRuns, name: environments.name, operation: operations.state })
      .from(hookRuns)
      .innerJoin(operations, eq(operations.id, hookRuns.operationId))
      .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
      .where(
        and(
          eq(hookRuns.id, input.hookRunId),
          grant.scope === "project" ? eq(hookRuns.projectId, grant.projectId) : undefined,
        ),
      );
    if (!found) return refuse({ kind: "not_found", resource: "hook run" });
    const { run } = found;
    if (run.state !== "failed" || !isRetriedAlone(run.definition.kind, found.operation)) {
      return refuse({
        kind: "not_now",
        reason:
          run.definition.kind === "script"
            ? "A script is run again alone when it has failed and its nodes still wait: once they are handed over, none asks for it."
            : "Only a provider's hook that has failed is run again alone.",
        advice: "Try the whole operation again instead.",
      });
    }
    const { tenantId, projectId, environmentId, operationId } = run;
    const made = await tx
      .insert(hookRuns)
      .values({
        id: newId("hookRun"),
        tenantId,
        projectId,
        environmentId,
        operationId,
        name: run.name,
        point: run.point,
        position: run.position,
        round: run.round + 1,
        definition: run.definition,
        isGate: run.isGate,
        input: run.input,
        saved: run.saved,
        words: "",
        createdAt: sql`now()`,
      })
      .onConflictDoNothing()
      .returning({ id: hookRuns.id });
    if (made.length === 0) {
      return refuse({
        kind: "not_now",
        reason: "It has been run again already.",
        advice: "See the newer run.",
      });
    }
    await announce(tx, `environment:${environmentId}`);
    await wakeWorkers(tx);
    await recordAudit(tx, grant, {
      action: "hook.retry",
      object: { kind: "environment", id: environmentId, name: found.name },
      detail: { hook: run.name, point: run.point },
      tenantId,
      projectId,
    });
    return ok(undefined);
  });
}
