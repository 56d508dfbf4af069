import type { Transaction } from "#db/client";
import type { HeldNode } from "#db/queries/held-nodes";
import {
  drawPoolItems,
  findSites,
  listEnvironmentItems,
  type PoolDraw,
} from "#db/queries/pool-draws";
import type { Id } from "#lib/domain/id";
import { formatItem } from "#lib/domain/pool/item-text";
import { networkKinds, networkNeeds, shortOf } from "#lib/domain/pool/network-needs";
import { type Supply, stillNeeded } from "#lib/domain/pool/weigh-supply";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";

/**
 * Draws what a template's network asks for from the pools of the sites where these nodes stand: for
 * the environment what it does not hold there already (`has`), and for each node its own. Gives what
 * the environment holds then, in words. The caller has claimed the nodes, and the `supply` is that of the
 * claim (`claimNodes`): so there is enough besides what holds keep, and no quota of addresses in the way.
 * Where a pool has less all the same it is refused, and the caller rolls back.
 */
export async function drawNetwork(
  tx: Transaction,
  environmentId: Id<"environment">,
  network: TemplateNetwork,
  held: readonly Pick<HeldNode, "id" | "nodeId">[],
  has: Awaited<ReturnType<typeof listEnvironmentItems>>,
  supply: Supply,
): Promise<Result<string[], RefusalOf<"not_now">>> {
  if (networkKinds(network).length === 0 || held.length === 0) return ok([]);
  const siteOf = await findSites(
    tx,
    held.map((node) => node.nodeId),
  );
  const sites = [...new Set(siteOf.values())].sort();
  const draws: PoolDraw[] = [];
  for (const siteId of sites) {
    const needs = networkNeeds(network, supply.get(siteId) ?? []);
    if (!needs.ok) return needs;
    const ofSite = held.filter((node) => siteOf.get(node.nodeId) === siteId);
    const shared = has.filter(({ scope }) => scope === siteId);
    for (const { kind, family, per } of stillNeeded(needs.value, shared)) {
      const owners = per === "environment" ? [null] : ofSite.map((node) => node.id);
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

/** The families of which each of these nodes will draw a public address: what a hold of them keeps. */
export async function addressesToDraw(
  tx: Transaction,
  network: TemplateNetwork,
  nodeIds: readonly Id<"node">[],
  supply: Supply,
): Promise<Map<Id<"node">, number[]>> {
  if (network.publicAddresses === "none") return new Map();
  const siteOf = await findSites(tx, nodeIds);
  return new Map(
    [...siteOf].map(([nodeId, siteId]) => [
      nodeId,
      (supply.get(siteId) ?? [])
        .filter(({ kind }) => kind === "public_ip")
        .map(({ family }) => family)
        .sort(),
    ]),
  );
}
