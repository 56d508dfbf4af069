import type { Transaction } from "#db/client";
import type { HeldNode } from "#db/queries/held-nodes";
import {
  drawPoolItems,
  findSites,
  findSupply,
  listEnvironmentItems,
  type PoolDraw,
} from "#db/queries/pool-draws";
import { listQuotaLines } from "#db/queries/quotas";
import { together } from "#db/together";
import type { Place } from "#lib/commands/hold-nodes";
import type { Id } from "#lib/domain/id";
import { formatItem } from "#lib/domain/pool/item-text";
import { checkSupply, networkNeeds, shortOf } from "#lib/domain/pool/network-needs";
import { addressDemand, admit } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

/**
 * Draws what a template's network asks for from the pools of the sites where these nodes stand: for
 * the environment what it does not hold there already, and for each node its own. Gives what the
 * environment holds then, in words. Refused when a pool is missing or empty, or when a quota of
 * public addresses would be passed (the caller holds the tenant's quota); then the caller rolls
 * back. Pools are locked until the commit, so this comes last among the locks of a launch.
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
  if (asksForNothing(network) || held.length === 0) return ok([]);
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
  const supply = await findSupply(tx, sites);
  const demands = new Map<number, number>();
  const draws: PoolDraw[] = [];
  for (const siteId of sites) {
    const needs = networkNeeds(network, supply.get(siteId) ?? []);
    if (!needs.ok) return needs;
    for (const { kind, family, per } of needs.value) {
      const shared = has.some(
        (item) => item.kind === kind && item.family === family && item.scope === siteId,
      );
      if (per === "environment" && shared) continue;
      const owners =
        per === "environment"
          ? [null]
          : held.filter((node) => siteOf.get(node.nodeId) === siteId).map((node) => node.id);
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

const asksForNothing = (network: TemplateNetwork) =>
  !network.isPrivate && !network.hasPartition && network.publicAddresses === "none";

/**
 * The families of which each of these nodes would draw a public address, for a hold, which draws none.
 * Refused when a pool that the network asks for is missing where they stand or has not enough that is free now, or
 * when a quota of public addresses would be passed (the caller holds the tenant's quota); the hold named does not
 * count.
 */
export async function addressesToDraw(
  tx: Transaction,
  place: Place,
  network: TemplateNetwork,
  nodeIds: readonly Id<"node">[],
  own: Id<"hold"> | null,
): Promise<Result<Map<Id<"node">, number[]>, RefusalOf<"not_now" | "quota_exceeded">>> {
  const families = new Map<Id<"node">, number[]>();
  if (asksForNothing(network)) return ok(families);
  const siteOf = await findSites(tx, nodeIds);
  const supply = await findSupply(tx, [...new Set(siteOf.values())]);
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
