import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import {
  findOverlapping,
  firstFew,
  holderWords,
  listRanges,
  listTakenItems,
  lockPool,
  replaceRanges,
} from "#db/queries/pools";
import { pools } from "#db/schema/pools";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { overlap } from "#lib/commands/create-pool";
import { formatRanges } from "#lib/domain/pool/item-text";
import { hasItem } from "#lib/domain/pool/pool";
import { parseRanges } from "#lib/domain/pool/ranges";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangePoolInput } from "#lib/schemas/pool";

/**
 * Enlarges or shrinks a pool, and sets when it warns and how long its items rest. Refuses to take
 * out what somebody has, with the holders named; what is free may go.
 */
export async function changePool(
  db: Database,
  grant: Grant<"pool.edit">,
  input: ChangePoolInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const [place] = await tx
      .select({ id: sites.id })
      .from(sites)
      .innerJoin(pools, eq(pools.siteId, sites.id))
      .where(eq(pools.id, input.poolId))
      .for("no key update", { of: sites });
    const pool = place && (await lockPool(tx, input.poolId));
    if (!pool) return refuse({ kind: "not_found", resource: "pool" });
    const parsed = parseRanges(pool.kind, input.ranges, pool.itemLength);
    if (!parsed.ok) return invalid(parsed.refusal);
    const { family, ranges } = parsed.value;
    if (family !== pool.family) {
      return invalid(`This pool holds IPv${pool.family}. Make another for IPv${family}.`);
    }
    const overlapping = await findOverlapping(tx, pool, ranges);
    if (overlapping.length > 0) return refuse(overlap(overlapping));
    const lost = (await listTakenItems(tx, pool.id)).filter(
      (item) => !hasItem(pool, ranges, item.value),
    );
    if (lost.length > 0) {
      return invalid(
        `These would be cut off and are not free: ${firstFew(lost.map(holderWords))}. Keep them in, or wait until they are given back.`,
      );
    }
    const before = await listRanges(tx, pool.id);
    await replaceRanges(tx, pool, ranges);
    const { warnPercent, cooldownMinutes } = input;
    await tx.update(pools).set({ warnPercent, cooldownMinutes }).where(eq(pools.id, pool.id));
    await recordAudit(tx, grant, {
      action: "pool.change",
      object: { kind: "pool", id: pool.id, name: pool.name },
      detail: {
        before: {
          ranges: formatRanges(pool, before),
          warnPercent: pool.warnPercent,
          cooldownMinutes: pool.cooldownMinutes,
        },
        after: { ranges: formatRanges(pool, ranges), warnPercent, cooldownMinutes },
      },
    });
    return ok(undefined);
  });
}

function invalid(ranges: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { ranges } });
}
