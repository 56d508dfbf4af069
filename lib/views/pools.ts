import { and, asc, eq, isNull } from "drizzle-orm";
import type { Database } from "#db/client";
import {
  listPoolUse,
  listRanges,
  listTakenItems,
  type PoolRow,
  type PoolUse,
} from "#db/queries/pools";
import { poolRanges, pools } from "#db/schema/pools";
import { sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import { forecastWords, paceDays } from "#lib/domain/pool/forecast";
import { formatRanges } from "#lib/domain/pool/item-text";
import {
  countItems,
  itemCountText,
  type PoolItemState,
  type PoolKind,
  type PoolRange,
  usedPercent,
} from "#lib/domain/pool/pool";

/** A pool in figures and words. What may be very many is text. */
export type PoolLine = {
  id: Id<"pool">;
  name: string;
  site: { id: Id<"site">; name: string };
  kind: PoolKind;
  family: 0 | 4 | 6;
  itemLength: number | null;
  ranges: string;
  total: string;
  free: string;
  held: number;
  cooling: number;
  reserved: number;
  usedPercent: number;
  warnPercent: number;
  cooldownMinutes: number;
  /** `full` when nothing is free, `filling` from the threshold on. */
  level: "fine" | "filling" | "full";
  forecast: string;
};

const unused: PoolUse = { held: 0, cooling: 0, reserved: 0, days: 0, grown: 0 };

/** Every live pool, by site and name, and the sites there are. */
export async function poolsView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<{ pools: PoolLine[]; sites: { id: Id<"site">; name: string }[] }> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({ pool: pools, site: { id: sites.id, name: sites.name } })
      .from(pools)
      .innerJoin(sites, eq(sites.id, pools.siteId))
      .where(isNull(pools.retiredAt))
      .orderBy(asc(sites.name), asc(pools.name));
    const ranges = await tx.select().from(poolRanges).orderBy(asc(poolRanges.first));
    const use = await listPoolUse(tx, paceDays);
    return {
      pools: rows.map(({ pool, site }) =>
        line(
          pool,
          site,
          ranges.filter((range) => range.poolId === pool.id),
          use.get(pool.id),
        ),
      ),
      sites: await tx
        .select({ id: sites.id, name: sites.name })
        .from(sites)
        .orderBy(asc(sites.name)),
    };
  });
}

function line(
  pool: PoolRow,
  site: { id: Id<"site">; name: string },
  ranges: readonly PoolRange[],
  use: PoolUse = unused,
): PoolLine {
  const { held, cooling, reserved } = use;
  const total = countItems(pool, ranges);
  const taken = held + cooling + reserved;
  const free = total - BigInt(taken);
  const percent = usedPercent(taken, total);
  return {
    id: pool.id,
    name: pool.name,
    site,
    kind: pool.kind,
    family: pool.family,
    itemLength: pool.itemLength,
    ranges: formatRanges(pool, ranges),
    total: itemCountText(total),
    free: itemCountText(free),
    held,
    cooling,
    reserved,
    usedPercent: percent,
    warnPercent: pool.warnPercent,
    cooldownMinutes: pool.cooldownMinutes,
    level: free === 0n ? "full" : percent >= pool.warnPercent ? "filling" : "fine",
    forecast: forecastWords(use, free),
  };
}

export type PoolItemLine = {
  id: Id<"poolItem">;
  text: string;
  state: PoolItemState;
  /** Taken, released or reserved. */
  since: string;
  coolsUntil: string | null;
  reason: string | null;
  holder: {
    environmentId: Id<"environment">;
    environment: string;
    project: string;
    tenant: string;
  } | null;
};

export type PoolDetail = PoolLine & { createdAt: string; items: PoolItemLine[]; more: boolean };

const mostItems = 500;

/** One live pool with the items that are not free, or null when there is none of that id. */
export async function poolDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<PoolDetail | null> {
  if (!isId("pool", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select({ pool: pools, site: { id: sites.id, name: sites.name } })
      .from(pools)
      .innerJoin(sites, eq(sites.id, pools.siteId))
      .where(and(eq(pools.id, id), isNull(pools.retiredAt)));
    if (!row) return null;
    const items = await listTakenItems(tx, id, mostItems + 1);
    const use = (await listPoolUse(tx, paceDays)).get(id);
    return {
      ...line(row.pool, row.site, await listRanges(tx, id), use),
      createdAt: row.pool.createdAt.toISOString(),
      more: items.length > mostItems,
      items: items.slice(0, mostItems).map((item) => ({
        id: item.id,
        text: item.text,
        state: item.state,
        since: (item.releasedAt ?? item.takenAt).toISOString(),
        coolsUntil: item.coolsUntil?.toISOString() ?? null,
        reason: item.reservedReason,
        holder:
          item.environmentId && item.environment
            ? {
                environmentId: item.environmentId,
                environment: item.environment.name,
                project: item.environment.projectName,
                tenant: item.environment.tenant,
              }
            : null,
      })),
    };
  });
}
