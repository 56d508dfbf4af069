import { and, asc, eq, lte, ne } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { insertDryRun, isDryRunning } from "#db/queries/dry-runs";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { hasHookEnded } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { environmentOperationKinds } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReplayHookInput } from "#lib/schemas/dry-run";

/**
 * Has the worker ask the provider of a past run of a hook once more, with the input that was recorded
 * and the mark of a dry run: nothing of the environment or of its run is changed. Refused for what is
 * no provider's hook, for a run that has not ended, for one that was skipped, and while a dry run of
 * the same version is under way.
 */
export async function replayHook(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ReplayHookInput,
): Promise<Result<{ dryRunId: Id<"dryRun"> }, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ run: hookRuns, kind: operations.kind, environment: environments })
      .from(hookRuns)
      .innerJoin(operations, eq(operations.id, hookRuns.operationId))
      .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
      .where(eq(hookRuns.id, input.hookRunId));
    const kind = environmentOperationKinds.find((each) => each === found?.kind);
    if (!found || !kind) return refuse({ kind: "not_found", resource: "hook run" });
    const { run, environment } = found;
    if (run.definition.kind !== "http") {
      return refuse({
        kind: "not_now",
        reason: "Only a hook that asks a provider can be replayed.",
        advice: "Dry-run its template to see the rest of it checked.",
      });
    }
    if (!hasHookEnded(run.state) || run.state === "skipped") {
      return refuse({
        kind: "not_now",
        reason:
          run.state === "skipped"
            ? "It was skipped: its provider was not asked."
            : "It has not ended.",
        advice: "Replay a run that has ended.",
      });
    }
    const { templateVersionId } = environment;
    await tx
      .select({ id: templateVersions.id })
      .from(templateVersions)
      .where(eq(templateVersions.id, templateVersionId))
      .for("no key update");
    if (await isDryRunning(tx, templateVersionId)) {
      return refuse({
        kind: "not_now",
        reason: "A dry run of its template's version is under way.",
        advice: "Wait for its end: it has one.",
      });
    }
    const dryRunId = await insertDryRun(tx, {
      templateVersionId,
      replayOf: run.id,
      outputs: await outputsBefore(tx, run),
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
      calls: [{ hook: run.definition, operation: kind, input: run.input, skipped: null }],
    });
    const { tenantId, projectId, environmentId } = run;
    await recordAudit(tx, grant, {
      action: "hook.replay",
      object: { kind: "environment", id: environmentId, name: environment.name },
      detail: { hook: run.name, point: run.point },
      ...{ tenantId, projectId },
    });
    return ok({ dryRunId });
  });
}

/** What the environment's hooks had given when the run began: the latest of each until then. */
async function outputsBefore(
  tx: Transaction,
  run: typeof hookRuns.$inferSelect,
): Promise<Record<string, unknown>> {
  const rows = await tx
    .select({ name: hookRuns.name, outputs: hookRuns.outputs })
    .from(hookRuns)
    .where(
      and(
        eq(hookRuns.environmentId, run.environmentId),
        eq(hookRuns.state, "succeeded"),
        ne(hookRuns.id, run.id),
        lte(hookRuns.finishedAt, run.startedAt ?? run.createdAt),
      ),
    )
    .orderBy(asc(hookRuns.finishedAt));
  return Object.fromEntries(rows.flatMap((row) => (row.outputs ? [[row.name, row.outputs]] : [])));
}
