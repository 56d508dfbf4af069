import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { insertDryRun } from "#db/queries/dry-runs";
import {
  type Lendable,
  listLendable,
  listRehearsedGroups,
  type RehearsedGroup,
} from "#db/queries/lendable";
import { moveNode } from "#db/queries/nodes";
import { insertOperation } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { lockNode } from "#lib/commands/order-node";
import { planDryRun } from "#lib/commands/plan-dry-run";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import { whyNotLend } from "#lib/domain/node/lend";
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
    const lent = await findLent(tx, version.id, input.nodeId);
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
    const operationId = await insertOperation(tx, {
      kind: "node.rehearse",
      nodeId: node.id,
      input: { rehearsal: { imageId: place.image.id, hostname, values, profile: place.profile } },
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
    });
    await moveNode(tx, node.id, ["available"], "reserved");
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

/** The node, held until the transaction ends, and the groups of the version that take such a node. */
async function findLent(
  tx: Transaction,
  version: Id<"templateVersion">,
  nodeId: Id<"node">,
): Promise<
  Result<{ node: Lendable; places: RehearsedGroup[] }, RefusalOf<"not_found" | "not_now">>
> {
  // First the lock: whoever is quicker has moved it by the time that it is looked at.
  await lockNode(tx, nodeId);
  const [node] = await listLendable(tx, eq(nodes.id, nodeId));
  if (!node) return refuse({ kind: "not_found", resource: "node" });
  const groups = await listRehearsedGroups(tx, version);
  const reason = whyNotLend(
    node,
    groups.map((group) => group.nodeType),
  );
  if (reason) {
    return refuse({
      kind: "not_now",
      reason,
      advice: "Lend another node, or wait until it is free.",
    });
  }
  return ok({ node, places: groups.filter((group) => group.nodeType === node.nodeType) });
}
