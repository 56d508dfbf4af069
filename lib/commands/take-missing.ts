import type { Transaction } from "#db/client";
import type { EnvironmentRow } from "#db/queries/environments";
import type { HeldNode } from "#db/queries/held-nodes";
import { endHold } from "#db/queries/holds";
import { listGroups } from "#db/queries/launchables";
import { listEnvironmentItems } from "#db/queries/pool-draws";
import { findTemplateNetwork } from "#db/queries/template-versions";
import { drawNetwork } from "#lib/commands/draw-network";
import { claimNodes, holdNodes, type Place } from "#lib/commands/hold-nodes";
import { rollBack } from "#lib/commands/roll-back";
import { missingCounts } from "#lib/domain/environment/node-groups";
import type { Id } from "#lib/domain/id";

/**
 * Takes the nodes that an environment's launch is short of, under the same quota and capacity rules as a
 * launch, with what its network draws for them. The caller holds the tenant's quota and the environment's
 * row; with a hold its nodes come first, and it ends. Gives what was taken, and what the environment then
 * has of its network, in words. Rolls back with what is in the way.
 */
export async function takeMissing(
  tx: Transaction,
  place: Place,
  environment: EnvironmentRow,
  held: readonly HeldNode[],
  own: Id<"hold"> | null = null,
): Promise<{ nodes: Pick<HeldNode, "id" | "nodeId" | "nodeName">[]; network: string[] }> {
  const missing = missingCounts(environment.groups, held);
  const version = environment.templateVersionId;
  const groups = (await listGroups(tx, place.projectId, [version])).get(version) ?? [];
  const network = await findTemplateNetwork(tx, version);
  const has = await listEnvironmentItems(tx, environment.id);
  const claimed = await claimNodes(tx, place, groups, missing, network, own, has);
  if (!claimed.ok) return rollBack(claimed.refusal);
  const { groups: taken, supply } = claimed.value;
  if (own) await endHold(tx, own, "launched");
  const inUse = held.map((node) => node.hostname);
  const added = await holdNodes(tx, place, environment, taken, inUse);
  const drawn = await drawNetwork(tx, environment.id, network, added, has, supply);
  if (!drawn.ok) return rollBack(drawn.refusal);
  return { nodes: added, network: drawn.value };
}
