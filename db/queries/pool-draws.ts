import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { poolItems } from "#db/schema/pools";
import { type Id, newId } from "#lib/domain/id";
import type { PoolSupply } from "#lib/domain/pool/network-needs";
import type { PoolFamily, PoolKind } from "#lib/domain/pool/pool";

// Tenants see no pool, no site and no item of others. What a launch needs of them goes through
// functions of the database that look at all of it and tell little.

/** At which site each of the nodes stands; the tenant sees the nodes. */
export async function findSites(
  tx: Transaction,
  nodeIds: readonly Id<"node">[],
): Promise<Map<Id<"node">, Id<"site">>> {
  const { rows } = await tx.execute<{ id: Id<"node">; site_id: Id<"site"> }>(
    sql`with placed as (select id, rack_id from nodes where id = any (${sql.param([...nodeIds])}::text[]))
      select placed.id, s.site_id from placed
      join sites_of_racks((select array_agg(distinct rack_id) from placed)) s using (rack_id)`,
  );
  return new Map(rows.map((row) => [row.id, row.site_id]));
}

/** At which site each of the racks stands. */
export async function sitesOfRacks(
  tx: Transaction,
  rackIds: readonly Id<"rack">[],
): Promise<Map<Id<"rack">, Id<"site">>> {
  const { rows } = await tx.execute<{ rack_id: Id<"rack">; site_id: Id<"site"> }>(
    sql`select * from sites_of_racks(${sql.param([...new Set(rackIds)])}::text[])`,
  );
  return new Map(rows.map((row) => [row.rack_id, row.site_id]));
}

/**
 * What is free at each of the sites, by kind and family; what a site has no pool of is absent. What holds
 * keep for launches is not free, but for the hold that is named.
 */
export async function findSupply(
  tx: Transaction,
  siteIds: readonly Id<"site">[],
  own: Id<"hold"> | null = null,
): Promise<Map<Id<"site">, PoolSupply[]>> {
  return bySite(
    await tx.execute<SupplyRow>(
      sql`select * from pool_supply(${sql.param([...siteIds])}::text[], ${own})`,
    ),
  );
}

/**
 * The same, when nobody else draws from pools of these kinds at the sites, or keeps some of them for a
 * hold, before this transaction ends: whoever does either passes here before.
 */
export async function lockSupply(
  tx: Transaction,
  siteIds: readonly Id<"site">[],
  kinds: readonly PoolKind[],
  own: Id<"hold"> | null = null,
): Promise<Map<Id<"site">, PoolSupply[]>> {
  return bySite(
    await tx.execute<SupplyRow>(
      sql`select * from lock_pool_supply(${sql.param([...siteIds])}::text[],
        ${sql.param([...kinds])}::text[], ${own})`,
    ),
  );
}

type SupplyRow = { site_id: Id<"site">; kind: PoolKind; family: PoolFamily; free: string };

function bySite({ rows }: { rows: SupplyRow[] }): Map<Id<"site">, PoolSupply[]> {
  const supply = new Map<Id<"site">, PoolSupply[]>();
  for (const { site_id, kind, family, free } of rows) {
    const list = supply.get(site_id) ?? [];
    list.push({ kind, family, free: BigInt(free) });
    supply.set(site_id, list);
  }
  return supply;
}

export type PoolDraw = {
  siteId: Id<"site">;
  kind: PoolKind;
  family: PoolFamily;
  /** Who gets an item each: an allocation, or null for the whole environment. */
  owners: readonly (Id<"allocation"> | null)[];
};

/**
 * Takes items for an environment, one draw after the other in this order, which is that of the locks of
 * the pools. Gives how many each draw took; the caller undoes the transaction when it is less than asked.
 */
export async function drawPoolItems(
  tx: Transaction,
  environmentId: Id<"environment">,
  draws: readonly PoolDraw[],
): Promise<number[]> {
  if (draws.length === 0) return [];
  const each = draws.map(({ siteId, kind, family, owners }, at) => {
    const ids = owners.map(() => newId("poolItem"));
    return sql`select ${at}::integer as at, draw_pool_items(${siteId}, ${kind}, ${family}::smallint,
      ${environmentId}, ${sql.param(ids)}::text[], ${sql.param([...owners])}::text[]) as drawn`;
  });
  const { rows } = await tx.execute<{ at: number; drawn: number }>(
    sql.join(each, sql` union all `),
  );
  return draws.map((_, at) => rows.find((row) => row.at === at)?.drawn ?? 0);
}

/**
 * Gives back what a released environment holds, or what one of its allocations that has ended had
 * for itself; called when the node is off the network. It rests as long as its pool says.
 */
export async function giveBackPoolItems(
  tx: Transaction,
  environmentId: Id<"environment">,
  allocationId: Id<"allocation"> | null = null,
): Promise<void> {
  await tx.execute(sql`select give_back_pool_items(${environmentId}, ${allocationId})`);
}

/** What an environment holds of pools now: the shared first, then by node. */
export async function listEnvironmentItems(tx: Transaction, environmentId: Id<"environment">) {
  return tx
    .select()
    .from(poolItems)
    .where(
      and(
        eq(poolItems.environmentId, environmentId),
        isNull(poolItems.releasedAt),
        isNull(poolItems.endedAt),
      ),
    )
    .orderBy(asc(poolItems.kind), asc(poolItems.family), asc(poolItems.value));
}
