import type { Transaction } from "#db/client";
import type { HeldNode } from "#db/queries/held-nodes";
import {
  drawPoolItems,
  findSites,
  listEnvironmentItems,
  lockSupply,
  type PoolDraw,
} from "#db/queries/pool-draws";
import { listQuotaLines } from "#db/queries/quotas";
import { together } from "#db/together";
import type { Place } from "#lib/commands/hold-nodes";
import type { Id } from "#lib/domain/id";
import { formatItem } from "#lib/domain/pool/item-text";
import { checkSupply, networkKinds, networkNeeds, shortOf } from "#lib/domain/pool/network-needs";
import { addressDemand, admit } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

/**
 * Draws what a template's network asks for from the pools of the sites where these nodes stand: for
 * the environment what it does not hold there already, and for each node its own. Gives what the
 * environment holds then, in words. Refused when a pool is missing or has not enough besides what holds
 * keep (the launch's own has ended), or when a quota of public addresses would be passed (the caller
 * holds the tenant's quota); then the caller rolls back. Pools are locked until the commit, so this
 * comes last among the locks of a launch.
 * `holding` is what the environment holds already, where that is known.
 */
export async function drawNetwork(
  tx: Transaction,
  place: Place,
  environmentId: Id<"environment">,
  network: TemplateNetwork,
  held: readonly Pick<HeldNode, "id" | "nodeId">[],
  holding?: Awaited<ReturnType<typeof listEnvironmentItems>>,
): Promise<Result<string[], RefusalOf<"not_now" | "quota_exceeded">>> {
  const kinds = networkKinds(network);
  if (kinds.length === 0 || held.length === 0) return ok([]);
  const [siteOf, has, lines] = await together(
    () =>
      findSites(
        tx,
        held.map((node) => node.nodeId),
      ),
    async () => holding ?? listEnvironmentItems(tx, environmentId),
    async () =>
      network.publicAddresses === "none" ? [] : listQuotaLines(tx, place.tenantId, place.projectId),
  );
  const sites = [...new Set(siteOf.values())].sort();
  const supply = await lockSupply(tx, sites, kinds);
  const demands = new Map<number, number>();
  const draws: PoolDraw[] = [];
  for (const siteId of sites) {
    const free = supply.get(siteId) ?? [];
    const needs = networkNeeds(network, free);
    if (!needs.ok) return needs;
    const ofSite = held.filter((node) => siteOf.get(node.nodeId) === siteId);
    const lacking = needs.value.filter(
      ({ kind, family, per }) =>
        per === "node" ||
        !has.some((item) => item.kind === kind && item.family === family && item.scope === siteId),
    );
    const enough = checkSupply(lacking, free, ofSite.length);
    if (!enough.ok) return enough;
    for (const { kind, family, per } of lacking) {
      const owners = per === "environment" ? [null] : ofSite.map((node) => node.id);
      if (kind === "public_ip") {
        // Several sites draw one after the other, and the lines were counted before the first.
        const amount = (demands.get(family) ?? 0) + owners.length;
        demands.set(family, amount);
        const admitted = admit(lines, [addressDemand(family, amount)]);
        if (!admitted.ok) return admitted;
      }
      draws.push({ siteId, kind, family, owners });
    }
  }
  const drawn = await drawPoolItems(tx, environmentId, draws);
  for (const [at, { owners, ...what }] of draws.entries()) {
    const got = drawn[at] ?? 0;
    if (got < owners.length) return refuse(shortOf(what, owners.length, got));
  }
  const now = await listEnvironmentItems(tx, environmentId);
  return ok(now.map((item) => `${item.kind} ${formatItem(item, item.value)}`));
}

/**
 * The families of which each of these nodes would draw a public address, for a hold, which draws none and
 * keeps them. Refused when a pool that the network asks for is missing where they stand or has not enough besides
 * what others' holds keep, or when a quota of public addresses would be passed (the caller holds the tenant's
 * quota); the hold named does not count. Pools are locked as `drawNetwork` locks them.
 */
export async function addressesToDraw(
  tx: Transaction,
  place: Place,
  network: TemplateNetwork,
  nodeIds: readonly Id<"node">[],
  own: Id<"hold"> | null,
): Promise<Result<Map<Id<"node">, number[]>, RefusalOf<"not_now" | "quota_exceeded">>> {
  const families = new Map<Id<"node">, number[]>();
  const kinds = networkKinds(network);
  if (kinds.length === 0) return ok(families);
  const siteOf = await findSites(tx, nodeIds);
  const supply = await lockSupply(tx, [...new Set(siteOf.values())], kinds, own);
  for (const [siteId, ofSite] of Map.groupBy(siteOf.keys(), (nodeId) => siteOf.get(nodeId))) {
    const has = (siteId && supply.get(siteId)) ?? [];
    const needs = networkNeeds(network, has);
    if (!needs.ok) return needs;
    const enough = checkSupply(needs.value, has, ofSite.length);
    if (!enough.ok) return enough;
    const drawn = needs.value.filter(({ kind }) => kind === "public_ip");
    for (const nodeId of ofSite) {
      families.set(
        nodeId,
        drawn.map(({ family }) => family),
      );
    }
  }
  const lines = await listQuotaLines(tx, place.tenantId, place.projectId, own);
  const all = [...families.values()].flat();
  const demands = [...new Set(all)].sort().map((family) => {
    const amount = all.filter((each) => each === family).length;
    return addressDemand(family, amount);
  });
  const admitted = admit(lines, demands);
  return admitted.ok ? ok(families) : admitted;
}
