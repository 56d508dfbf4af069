import type { Database } from "#db/client";
import {
  endHold,
  findOwnHold,
  type HoldRow,
  insertHold,
  listHoldNodes,
  listPastHolds,
} from "#db/queries/holds";
import { findLaunchableTemplate } from "#db/queries/launchables";
import { lockQuota } from "#db/queries/quotas";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { addressesToDraw } from "#lib/commands/draw-network";
import { claimNodes } from "#lib/commands/hold-nodes";
import { refusable } from "#lib/commands/roll-back";
import { runOutHolds } from "#lib/commands/run-out-holds";
import { checkCounts, nodesText } from "#lib/domain/environment/node-groups";
import { mayHold } from "#lib/domain/hold/hold";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PlaceHoldInput } from "#lib/schemas/hold";

type PlacedHold = { holdId: Id<"hold">; until: string; nodes: string[] };

/**
 * Puts the nodes that a launch would take on hold for the person, for five minutes: they, the quota for
 * them and what their network is to draw from the pools are nobody else's until then. Nodes are chosen as
 * the launch chooses them, in the same order of locks. A person has one hold in a project: a second replaces the first, keeps of its nodes what it
 * can, and ends when the first would have. To ask again for what is on hold changes nothing.
 *
 * Refuses templates that are not shared with the project, counts out of bounds, what quota and free
 * nodes do not allow, and those who held nodes a while ago and launched nothing (`mayHold`).
 */
export async function placeHold(
  db: Database,
  grant: Grant<"environment.launch">,
  input: PlaceHoldInput,
): Promise<Result<PlacedHold, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const template = await findLaunchableTemplate(tx, grant.projectId, input.templateVersionId);
      if (!template) return refuse({ kind: "not_found", resource: "template" });
      const counts = checkCounts(template.groups, input.counts);
      if (!counts.ok) return counts;

      await lockQuota(tx, grant.tenantId);
      await runOutHolds(tx, grant);
      const earlier = await findOwnHold(tx, grant.projectId, grant.actorId);
      if (!earlier) {
        const { past, now } = await listPastHolds(tx, grant);
        const allowed = mayHold(past, now);
        if (!allowed.ok) return allowed;
      }
      const claimed = await claimNodes(
        tx,
        grant,
        template.groups,
        counts.value,
        template.network,
        earlier?.id ?? null,
      );
      if (!claimed.ok) return claimed;
      const { groups, supply } = claimed.value;
      const nodeIds = groups.flatMap(({ nodes }) => nodes.map((node) => node.id));
      const addresses = await addressesToDraw(tx, template.network, nodeIds, supply);
      const wanted = groups.flatMap(({ name, profile, nodes }) =>
        nodes.map((node) => ({
          nodeId: node.id,
          nodeName: node.name,
          groupName: name,
          profileId: profile.id,
          gpuModel: profile.gpuModel,
          gpus: profile.gpusPerNode,
          addressFamilies: addresses.get(node.id) ?? [],
        })),
      );
      const names = wanted.map((node) => node.nodeName).sort();
      if (earlier) {
        const has = await listHoldNodes(tx, earlier.id);
        if (sameNetwork(earlier, template.network) && sameNodes(has, wanted)) {
          return ok(placed(earlier, names));
        }
        await endHold(tx, earlier.id, "replaced");
      }
      const hold = await insertHold(
        tx,
        grant,
        earlier,
        wanted.map(({ nodeName: _, ...node }) => node),
        template.network,
      );
      await recordAudit(tx, grant, {
        action: "nodes.hold",
        object: { kind: "hold", id: hold.id, name: nodesText(wanted.length) },
        detail: {
          template: template.name,
          version: template.version,
          counts: counts.value,
          nodes: names,
          until: hold.until.toISOString(),
          ...(earlier ? { replaces: earlier.id } : {}),
        },
      });
      return ok(placed(hold, names));
    }),
  );
}

const placed = (hold: HoldRow, nodes: string[]): PlacedHold => ({
  holdId: hold.id,
  until: hold.until.toISOString(),
  nodes,
});

function sameNetwork(has: HoldRow, wanted: Pick<HoldRow, "isPrivate" | "hasPartition">): boolean {
  return has.isPrivate === wanted.isPrivate && has.hasPartition === wanted.hasPartition;
}

type Node = {
  nodeId: Id<"node">;
  groupName: string;
  profileId: Id<"profile">;
  addressFamilies: number[];
};

function sameNodes(has: readonly Node[], wanted: readonly Node[]): boolean {
  return (
    has.length === wanted.length &&
    wanted.every((node) =>
      has.some(
        (each) =>
          each.nodeId === node.nodeId &&
          each.groupName === node.groupName &&
          each.profileId === node.profileId &&
          each.addressFamilies.join() === node.addressFamilies.join(),
      ),
    )
  );
}
