import type { Database } from "#db/client";
import { insertDryRun } from "#db/queries/dry-runs";
import { recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { findLent, lendNode } from "#lib/commands/lend-node";
import { planReplay, replayed } from "#lib/commands/plan-replay";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { dryHostname } from "#lib/domain/template/dry-run";
import { keptValues } from "#lib/domain/template/input-values";
import type { RehearseHookInput } from "#lib/schemas/dry-run";

/**
 * Replays a past run of a hook that runs on nodes, on a free node that an operator lends: its script as it
 * was recorded, with the input that was. The node boots the image of the environment, and comes back as from
 * the dry run of a template. Nothing of the environment or of its run is changed. Refused as `planReplay`
 * says, for what asks a provider, and for a node that no tenant would be given or of a type that it did not
 * run on.
 */
export async function rehearseHook(
  db: Database,
  grant: Grant<"node.operate">,
  input: RehearseHookInput,
): Promise<
  Result<
    { dryRunId: Id<"dryRun">; operationId: Id<"operation"> },
    RefusalOf<"not_found" | "not_now">
  >
> {
  return withGrant(db, grant, async (tx) => {
    const planned = await planReplay(tx, input.hookRunId);
    if (!planned.ok) return planned;
    const { run, environment, definitions, dryRun } = planned.value;
    if (!runsOnNodes(run.definition)) {
      return refuse({
        kind: "not_now",
        reason: "It asked a provider: a replay of it takes no node.",
        advice: "Replay it without one.",
      });
    }
    const lent = await findLent(tx, input.nodeId, planned.value.places);
    if (!lent.ok) return lent;
    const { node, places } = lent.value;
    const inputs = (run.input.inputs ?? {}) as Record<string, unknown>;
    const operationId = await lendNode(tx, grant, node, {
      imageId: environment.imageId,
      hostname: dryHostname,
      values: keptValues(definitions, inputs),
      profile: places[0]?.profile,
    });
    const dryRunId = await insertDryRun(tx, {
      ...{ ...dryRun, operationId },
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
    });
    const act = replayed(planned.value);
    await recordAudits(tx, grant, [
      act,
      {
        action: "node.lend",
        object: { kind: "node", id: node.id, name: node.name },
        detail: { replays: run.id, environment: environment.name, ...act.detail },
      },
    ]);
    return ok({ dryRunId, operationId });
  });
}
