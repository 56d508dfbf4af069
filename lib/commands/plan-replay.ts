import { and, asc, eq, lte, ne } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isDryRunning } from "#db/queries/dry-runs";
import { findReplayed, type Replayed } from "#db/queries/replays";
import { templateVersions } from "#db/schema/catalogue";
import { hookRuns } from "#db/schema/hooks";
import { whileDryRunning, whyNotReplayed } from "#lib/domain/hook/replay";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateInput } from "#lib/domain/template/inputs";

type Planned = Replayed & {
  /** What the template of its environment asks by now. */
  definitions: readonly TemplateInput[];
  /** What its dry run is made of: one call with the definition and the input that were recorded. */
  dryRun: ReturnType<typeof dryRunOf>;
};

/**
 * What a replay of a past run of a hook does; with the row of its template's version held until the
 * transaction ends, so that of two dry runs at once the second sees the first. Refused as `whyNotReplayed`
 * says, and while a dry run of the same version is under way.
 */
export async function planReplay(
  tx: Transaction,
  id: Id<"hookRun">,
): Promise<Result<Planned, RefusalOf<"not_found" | "not_now">>> {
  const found = await findReplayed(tx, id);
  if (!found) return refuse({ kind: "not_found", resource: "hook run" });
  const { run, environment, image, places } = found;
  const against = whyNotReplayed({ ...run, wasOnNode: places.length > 0, image });
  if (against) return refuse({ kind: "not_now", ...against });
  const { templateVersionId } = environment;
  const [version] = await tx
    .select({ definitions: templateVersions.inputs })
    .from(templateVersions)
    .where(eq(templateVersions.id, templateVersionId))
    .for("no key update");
  if (await isDryRunning(tx, templateVersionId)) {
    return refuse({ kind: "not_now", ...whileDryRunning });
  }
  const dryRun = dryRunOf(found, await outputsBefore(tx, run));
  return ok({ ...found, definitions: version?.definitions ?? [], dryRun });
}

function dryRunOf({ run, operation, environment }: Replayed, outputs: Record<string, unknown>) {
  return {
    templateVersionId: environment.templateVersionId,
    replayOf: run.id,
    outputs,
    calls: [{ hook: run.definition, operation, input: run.input, skipped: null }],
  };
}

/** A replay as it is told of: its tenant reads it, too. */
export function replayed({ run, environment }: Pick<Replayed, "run" | "environment">) {
  const { tenantId, projectId } = run;
  return {
    action: "hook.replay",
    object: { kind: "environment", id: environment.id, name: environment.name },
    detail: { hook: run.name, point: run.point },
    ...{ tenantId, projectId },
  };
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
