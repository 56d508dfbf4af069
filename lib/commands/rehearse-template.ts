import type { Database } from "#db/client";
import { insertDryRun } from "#db/queries/dry-runs";
import { listRehearsedGroups } from "#db/queries/lendable";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { findLent, lendNode } from "#lib/commands/lend-node";
import { planDryRun } from "#lib/commands/plan-dry-run";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { dryNodes } from "#lib/domain/template/dry-run";
import type { RehearseTemplateInput } from "#lib/schemas/dry-run";

/**
 * A dry run whose scripts run, too: on a free node that an operator lends. The node is nobody else's from
 * this commit on. It boots what a launch would, and however that ends, it is wiped and validated before it
 * is free again. Refused as `planDryRun` says, where no script would run, and for a node that no tenant
 * would be given or that is of another type.
 */
export async function rehearseTemplate(
  db: Database,
  grant: Grant<"node.operate">,
  input: RehearseTemplateInput,
): Promise<
  Result<
    { dryRunId: Id<"dryRun">; operationId: Id<"operation"> },
    RefusalOf<"not_found" | "not_now" | "invalid_input">
  >
> {
  return withGrant(db, grant, async (tx) => {
    const planned = await planDryRun(tx, input, { isLent: true });
    if (!planned.ok) return planned;
    const { version, template, groups, values, calls } = planned.value;
    const scripts = calls.filter(({ hook }) => runsOnNodes(hook));
    if (scripts.every((call) => call.skipped !== null)) {
      return refuse({
        kind: "not_now",
        reason: scripts[0]?.skipped ?? "It has no script that would run.",
        advice: "Without one no node is needed: ask its providers alone.",
      });
    }
    const lent = await findLent(tx, input.nodeId, await listRehearsedGroups(tx, version.id));
    if (!lent.ok) return lent;
    const { node, places } = lent.value;
    const hosts = dryNodes(groups, input.counts);
    const place = places.find((each) => hosts.some((host) => host.group === each.name));
    const hostname = hosts.find((host) => host.group === place?.name)?.hostname;
    if (!place || !hostname) {
      return refuse({
        kind: "not_now",
        reason: `With these counts no group takes a ${node.nodeType}.`,
        advice: "Enter at least one node of a group that does.",
      });
    }
    if (place.image.state !== "approved") {
      return refuse({
        kind: "not_now",
        reason: `Group ${place.name} boots ${place.image.name} ${place.image.version}, which is not approved any more.`,
        advice: "Choose another image in the terms of its profile.",
      });
    }
    const { image, profile } = place;
    const rehearsal = { imageId: image.id, hostname, values, profile };
    const operationId = await lendNode(tx, grant, node, rehearsal);
    const dryRunId = await insertDryRun(tx, {
      templateVersionId: version.id,
      operationId,
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
      calls,
    });
    await recordAudit(tx, grant, {
      action: "node.lend",
      object: { kind: "node", id: node.id, name: node.name },
      detail: {
        template: template.name,
        version: version.version,
        hook: input.hook,
        runs: calls.map(({ hook }) => hook.name),
      },
    });
    return ok({ dryRunId, operationId });
  });
}
