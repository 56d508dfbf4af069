import type { Transaction } from "#db/client";
import { countFreeNodes, takeFreeNodes } from "#db/queries/free-nodes";
import { type HeldNode, insertAllocations } from "#db/queries/held-nodes";
import type { LaunchableGroup } from "#db/queries/launchables";
import { moveNodes } from "#db/queries/nodes";
import { listQuotaLines } from "#db/queries/quotas";
import { findSuppliedRacks } from "#db/queries/supplied-racks";
import { together } from "#db/together";
import { weighClaim } from "#lib/domain/environment/claim";
import { nextHostnames } from "#lib/domain/environment/hostname";
import { type Id, newId } from "#lib/domain/id";
import type { HasItem, Supply } from "#lib/domain/pool/weigh-supply";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

// What launch, retry, a hold and the worker have in common: taking nodes for an environment's groups.

/** For which project nodes are taken. */
export type Place = { tenantId: Id<"tenant">; projectId: Id<"project"> };

type Profile = NonNullable<LaunchableGroup["profile"]>;

export type ClaimedGroup = {
  name: string;
  profile: Profile;
  nodes: { id: Id<"node">; name: string }[];
};

/** Nodes for each group, and what the pools of their sites have, out of which their network is drawn. */
type Claimed = { groups: ClaimedGroup[]; supply: Supply };

/**
 * Finds the nodes that the groups need, under the quota and out of the free ones, and holds their
 * rows; writes nothing. Nodes that get an InfiniBand partition are looked for on the same leaves, and
 * all only where the pools have what the network asks for, besides what the environment `has`: those are
 * locked first, and stay so. The caller holds the tenant's quota (`lockQuota`). With a hold that goes on,
 * its nodes come first, and neither they nor what it keeps of the pools counts against anything. Refuses
 * when a group's profile is not shared with the project or disabled, when a quota would be passed, when
 * too few nodes are free, and when too few of them stand where their network can be had: what
 * `weighClaim` and `weighSupply` tell a preflight. What is claimed in the end has its network, and is under
 * the quota with it.
 */
export async function claimNodes(
  tx: Transaction,
  place: Place,
  groups: readonly LaunchableGroup[],
  counts: Readonly<Record<string, number>>,
  network: TemplateNetwork,
  own: Id<"hold"> | null = null,
  has: readonly HasItem[] = [],
): Promise<Result<Claimed, RefusalOf<"not_found" | "not_now" | "quota_exceeded" | "no_capacity">>> {
  const [lines, free] = await together(
    () => listQuotaLines(tx, place.tenantId, place.projectId, own),
    () => countFreeNodes(tx, { own }),
  );
  const { verdict, wanted, nodes } = weighClaim(groups, counts, lines, free);
  if (!verdict.ok) return verdict;
  const supply = await findSuppliedRacks(tx, network, nodes, lines, own, { has, isToTake: true });
  if (supply && !supply.verdict.ok) return supply.verdict;

  const needs = nodes.map(({ nodeTypeId, count }) => ({
    nodeTypeId,
    count,
    onLeaves: network.hasPartition,
  }));
  const taken = await takeFreeNodes(tx, needs, { own, racks: supply?.racks ?? null });
  if (!taken.ok) {
    const { nodeTypeId, count, free: left } = taken.shortage;
    const profile = nodes.find((each) => each.nodeTypeId === nodeTypeId)?.profiles ?? "this type";
    return refuse({ kind: "no_capacity", profile, requested: count, free: left });
  }
  // Some may have become free since: then more of them can stand at one site than were weighed for it.
  const inTheEnd = supply?.weigh(
    [...taken.nodes].flatMap(([nodeTypeId, some]) =>
      some.map(({ rackId }) => ({ nodeTypeId, rackId, free: 1, held: 0 })),
    ),
  );
  if (inTheEnd && !inTheEnd.ok) return inTheEnd;
  return ok({
    groups: wanted.map(({ name, profile, count }) => ({
      name,
      profile,
      nodes: taken.nodes.get(profile.nodeTypeId)?.splice(0, count) ?? [],
    })),
    supply: supply?.supply ?? new Map(),
  });
}

/**
 * Gives claimed nodes to an environment: an allocation for each, from now on, and the node moved
 * to `reserved`. A node's host name is the lowest that is not in use.
 */
export async function holdNodes(
  tx: Transaction,
  { tenantId, projectId }: Place,
  environment: { id: Id<"environment">; name: string },
  groups: readonly ClaimedGroup[],
  hostnamesInUse: readonly string[],
): Promise<Pick<HeldNode, "id" | "nodeId" | "nodeName">[]> {
  const total = groups.reduce((sum, group) => sum + group.nodes.length, 0);
  const hostnames = nextHostnames(environment.name, hostnamesInUse, total);
  const rows = groups
    .flatMap((group) => group.nodes.map((node) => ({ group, node })))
    .map(({ group, node }, at) => ({
      id: newId("allocation"),
      tenantId,
      projectId,
      environmentId: environment.id,
      nodeId: node.id,
      nodeName: node.name,
      groupName: group.name,
      profileId: group.profile.id,
      profileVersion: group.profile.version,
      gpuModel: group.profile.gpuModel,
      gpus: group.profile.gpusPerNode,
      hostname: hostnames[at] ?? "",
    }));
  const ids = rows.map((row) => row.nodeId);
  // First the allocation: it is what lets a tenant change the node's row.
  const [, moved] = await together(
    () =>
      insertAllocations(
        tx,
        rows.map(({ nodeName: _, ...row }) => row),
      ),
    () => moveNodes(tx, ids, ["available"], "reserved"),
  );
  if (moved < ids.length) throw new Error("a node was claimed and is not available");
  return rows;
}
