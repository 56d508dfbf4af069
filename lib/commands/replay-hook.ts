import type { Database } from "#db/client";
import { insertDryRun } from "#db/queries/dry-runs";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { planReplay, replayed } from "#lib/commands/plan-replay";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReplayHookInput } from "#lib/schemas/dry-run";

/**
 * Has the worker ask the provider of a past run of a hook once more, with the input that was recorded
 * and the mark of a dry run: nothing of the environment or of its run is changed. Refused as `planReplay`
 * says, and for what runs on nodes.
 */
export async function replayHook(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ReplayHookInput,
): Promise<Result<{ dryRunId: Id<"dryRun"> }, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const planned = await planReplay(tx, input.hookRunId);
    if (!planned.ok) return planned;
    const { run, dryRun } = planned.value;
    if (runsOnNodes(run.definition)) {
      return refuse({
        kind: "not_now",
        reason: "It ran on nodes: a replay of it takes one.",
        advice: "Lend a free node to it.",
      });
    }
    const dryRunId = await insertDryRun(tx, {
      ...dryRun,
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
    });
    await recordAudit(tx, grant, replayed(planned.value));
    return ok({ dryRunId });
  });
}
