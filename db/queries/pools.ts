import { and, asc, eq, isNull, ne, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { environments } from "#db/schema/environments";
import { poolItems, poolRanges, pools } from "#db/schema/pools";
import { projects, tenants } from "#db/schema/tenants";
import { type Id, newId } from "#lib/domain/id";
import { formatItem } from "#lib/domain/pool/item-text";
import type { PoolItemState, PoolRange } from "#lib/domain/pool/pool";

export type PoolRow = typeof pools.$inferSelect;

/** Where an item is given once: at a site, and of public addresses anywhere. */
export function scopeOf(pool: Pick<PoolRow, "kind" | "siteId">): string {
  return pool.kind === "public_ip" ? "everywhere" : pool.siteId;
}

/** A live pool with its row held until the transaction ends: nobody draws from it meanwhile. */
export async function lockPool(tx: Transaction, id: Id<"pool">): Promise<PoolRow | undefined> {
  const [row] = await tx
    .select()
    .from(pools)
    .where(and(eq(pools.id, id), isNull(pools.retiredAt)))
    .for("no key update");
  return row;
}

/** The ranges of a pool, in order. */
export async function listRanges(tx: Transaction, poolId: Id<"pool">): Promise<PoolRange[]> {
  return tx
    .select({ first: poolRanges.first, last: poolRanges.last })
    .from(poolRanges)
    .where(eq(poolRanges.poolId, poolId))
    .orderBy(asc(poolRanges.first));
}

/** Puts ranges in the place of those a pool has. Another pool must not hold any of them. */
export async function replaceRanges(
  tx: Transaction,
  pool: Pick<PoolRow, "id" | "kind" | "family" | "siteId">,
  ranges: readonly PoolRange[],
): Promise<void> {
  const { id: poolId, kind, family } = pool;
  await tx.delete(poolRanges).where(eq(poolRanges.poolId, poolId));
  if (ranges.length === 0) return;
  await tx
    .insert(poolRanges)
    .values(ranges.map((range) => ({ poolId, scope: scopeOf(pool), kind, family, ...range })));
}

/** Other pools that hold some of these ranges within the same scope, by name. */
export async function findOverlapping(
  tx: Transaction,
  pool: Pick<PoolRow, "id" | "kind" | "family" | "siteId">,
  ranges: readonly PoolRange[],
): Promise<string[]> {
  const names = new Set<string>();
  for (const { first, last } of ranges) {
    const rows = await tx
      .select({ name: pools.name })
      .from(poolRanges)
      .innerJoin(pools, eq(pools.id, poolRanges.poolId))
      .where(
        and(
          eq(poolRanges.scope, scopeOf(pool)),
          eq(poolRanges.kind, pool.kind),
          eq(poolRanges.family, pool.family),
          ne(poolRanges.poolId, pool.id),
          sql`${poolRanges.first} <= ${last.toString()}::numeric`,
          sql`${poolRanges.last} >= ${first.toString()}::numeric`,
        ),
      )
      .orderBy(asc(pools.name));
    for (const row of rows) names.add(row.name);
  }
  return [...names];
}

/** An item of a pool that somebody has, and who. */
export type TakenItem = typeof poolItems.$inferSelect & {
  state: PoolItemState;
  text: string;
  environment: { name: string; project: string; projectName: string; tenant: string } | null;
};

/** True of an item that is not free at this moment. */
const isTaken = and(
  isNull(poolItems.endedAt),
  sql`(${poolItems.coolsUntil} is null or ${poolItems.coolsUntil} > clock_timestamp())`,
);

/** The items of a pool that are not free now, in order, and who has them. */
export async function listTakenItems(
  tx: Transaction,
  poolId: Id<"pool">,
  limit?: number,
): Promise<TakenItem[]> {
  const query = tx
    .select({
      item: poolItems,
      name: environments.name,
      project: projects.slug,
      projectName: projects.name,
      tenant: tenants.slug,
    })
    .from(poolItems)
    .leftJoin(environments, eq(environments.id, poolItems.environmentId))
    .leftJoin(projects, eq(projects.id, poolItems.projectId))
    .leftJoin(tenants, eq(tenants.id, poolItems.tenantId))
    .where(and(eq(poolItems.poolId, poolId), isTaken))
    .orderBy(asc(poolItems.value))
    .$dynamic();
  const rows = await (limit === undefined ? query : query.limit(limit));
  return rows.map(({ item, name, project, projectName, tenant }) => ({
    ...item,
    state: item.reservedReason !== null ? "reserved" : item.releasedAt ? "cooling" : "held",
    text: formatItem(item, item.value),
    environment:
      name && project && projectName && tenant ? { name, project, projectName, tenant } : null,
  }));
}

/** Who has an item, in words: "10.0.3.0/24 held by train of aurora". */
export function holderWords(item: TakenItem): string {
  if (item.state === "reserved") return `${item.text} (reserved: ${item.reservedReason})`;
  const of = item.environment ? `${item.environment.name} of ${item.environment.tenant}` : "nobody";
  return `${item.text} (${item.state === "held" ? "held by" : "cooling down after"} ${of})`;
}

/** The first few of a list, and how many more there are. */
export function firstFew(words: readonly string[], most = 5): string {
  const rest = words.length - most;
  return `${words.slice(0, most).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/**
 * Marks as free what has cooled down: done before anything that the one-holder index would still
 * count it against. The caller holds the pool.
 */
export async function endCooled(tx: Transaction, poolId: Id<"pool">): Promise<void> {
  await tx
    .update(poolItems)
    .set({ endedAt: sql`${poolItems.coolsUntil}` })
    .where(
      and(
        eq(poolItems.poolId, poolId),
        isNull(poolItems.endedAt),
        sql`${poolItems.coolsUntil} <= clock_timestamp()`,
      ),
    );
}

/** Keeps items of a pool out, for a reason. They are free, and the caller holds the pool. */
export async function insertReservations(
  tx: Transaction,
  pool: PoolRow,
  values: readonly bigint[],
  reservedReason: string,
): Promise<void> {
  const { id: poolId, kind, family, itemLength } = pool;
  await tx.insert(poolItems).values(
    values.map((value) => ({
      id: newId("poolItem"),
      poolId,
      scope: scopeOf(pool),
      kind,
      family,
      itemLength,
      value,
      reservedReason,
    })),
  );
}

/** What of a pool is taken, and how that has changed, as figures. */
export type PoolUse = {
  held: number;
  cooling: number;
  reserved: number;
  /** Since its first item was taken by an environment, at most `windowDays`. */
  days: number;
  /** How many more items environments and their cooling take than so many days ago. */
  grown: number;
};

/** The use of every pool that has or had an item. */
export async function listPoolUse(
  tx: Transaction,
  windowDays: number,
): Promise<Map<Id<"pool">, PoolUse>> {
  const { rows } = await tx.execute<{
    pool_id: Id<"pool">;
    held: number;
    cooling: number;
    reserved: number;
    days: number;
    grown: number;
  }>(sql`
    with items as (
      select i.*, coalesce(i.ended_at, case when i.cools_until <= now() then i.cools_until end) as freed_at
      from pool_items i)
    select pool_id,
      count(*) filter (where freed_at is null and environment_id is not null and released_at is null)::int as held,
      count(*) filter (where freed_at is null and released_at is not null)::int as cooling,
      count(*) filter (where freed_at is null and environment_id is null)::int as reserved,
      coalesce(least(${windowDays}::float8, extract(epoch from now()
        - min(taken_at) filter (where environment_id is not null)) / 86400), 0)::float8 as days,
      (count(*) filter (where environment_id is not null and taken_at > now() - make_interval(days => ${windowDays}))
        - count(*) filter (where environment_id is not null and freed_at > now() - make_interval(days => ${windowDays})))::int as grown
    from items group by pool_id`);
  return new Map(rows.map(({ pool_id, ...use }) => [pool_id, use]));
}
