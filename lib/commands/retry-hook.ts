import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockEnvironment } from "#db/queries/environments";
import { againColumns, againRefused } from "#db/queries/hook-again";
import { announce, wakeWorkers } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { recordAudit, recordEvents } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { mayPress } from "#lib/domain/template/actions";
import type { RetryHookInput } from "#lib/schemas/hook";

/**
 * Runs one failed hook again, alone, with the input it had: the operation it belonged to stays as it
 * is. The earlier run is kept. Refused for what cannot be run again now (`whyNotAgain`), for a role less
 * than the hook's action asks for, and while it is being run again already.
 */
export async function retryHook(
  db: Database,
  grant: Grant<"environment.operate"> | Grant<"node.operate">,
  input: RetryHookInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now" | "forbidden">>> {
  return withGrant(db, grant, async (tx) => {
    const [run] = await tx
      .select()
      .from(hookRuns)
      .where(
        and(
          eq(hookRuns.id, input.hookRunId),
          grant.scope === "project" ? eq(hookRuns.projectId, grant.projectId) : undefined,
        ),
      );
    // Held, so that it is neither released nor acted upon between what is asked here and the commit.
    const environment = run && (await lockEnvironment(tx, run, run.environmentId));
    if (!run || !environment) return refuse({ kind: "not_found", resource: "hook run" });
    const [again] = await tx
      .select({ runState: hookRuns.state, ...againColumns })
      .from(hookRuns)
      .innerJoin(operations, eq(operations.id, hookRuns.operationId))
      .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
      .where(eq(hookRuns.id, run.id));
    if (!again) return refuse({ kind: "not_found", resource: "hook run" });
    const object = { kind: "environment", id: environment.id, name: environment.name };
    if (grant.scope === "project" && again.role && !mayPress(grant.role, { role: again.role })) {
      const { tenantId, projectId } = grant;
      const detail = { hook: run.name, needs: again.role };
      const act = { action: "hook.retry", object, detail, tenantId, projectId };
      await recordEvents(tx, grant, [act], "denied");
      return refuse({ kind: "forbidden", permission: grant.permission, needs: again.role });
    }
    const why = againRefused({ ...run, state: again.runState }, again);
    if (why) return refuse({ kind: "not_now", ...why });
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
      object,
      detail: { hook: run.name, point: run.point },
      tenantId,
      projectId,
    });
    return ok(undefined);
  });
}
