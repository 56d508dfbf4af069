import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { nodes } from "#db/schema/nodes";
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
  const rows = await tx
    .select({ id: nodes.id, rackId: nodes.rackId })
    .from(nodes)
    .where(inArray(nodes.id, [...nodeIds]));
  const sites = await sitesOfRacks(
    tx,
    rows.map((row) => row.rackId),
  );
  return new Map(
    rows.flatMap((row) => {
      const site = sites.get(row.rackId);
      return site ? [[row.id, site]] : [];
    }),
  );
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

/** What is free at each of the sites, by kind and family; what a site has no pool of is absent. */
export async function findSupply(
  tx: Transaction,
  siteIds: readonly Id<"site">[],
): Promise<Map<Id<"site">, PoolSupply[]>> {
  const { rows } = await tx.execute<{
    site_id: Id<"site">;
    kind: PoolKind;
    family: PoolFamily;
    free: string;
  }>(sql`select * from pool_supply(${sql.param([...siteIds])}::text[])`);
  const bySite = new Map<Id<"site">, PoolSupply[]>();
  for (const { site_id, kind, family, free } of rows) {
    const list = bySite.get(site_id) ?? [];
    list.push({ kind, family, free: BigInt(free) });
    bySite.set(site_id, list);
  }
  return bySite;
}

/**
 * Takes an item of one kind and family at a site for each owner: an allocation, or null for the
 * whole environment. Gives how many there were; the caller undoes the transaction when it is less.
 */
export async function drawPoolItems(
  tx: Transaction,
  draw: {
    siteId: Id<"site">;
    kind: PoolKind;
    family: PoolFamily;
    environmentId: Id<"environment">;
    owners: readonly (Id<"allocation"> | null)[];
  },
): Promise<number> {
  const ids = draw.owners.map(() => newId("poolItem"));
  const { rows } = await tx.execute<{ drawn: number }>(
    sql`select draw_pool_items(${draw.siteId}, ${draw.kind}, ${draw.family}::smallint,
      ${draw.environmentId}, ${sql.param(ids)}::text[], ${sql.param([...draw.owners])}::text[]) as drawn`,
  );
  return rows[0]?.drawn ?? 0;
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
