import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { poolItems, pools } from "#db/schema/pools";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { formatItem } from "#lib/domain/pool/item-text";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { LiftReservationInput } from "#lib/schemas/pool";

/** Makes a reserved item free: no environment had it, so it need not rest. */
export async function liftReservation(
  db: Database,
  grant: Grant<"pool.edit">,
  input: LiftReservationInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [item] = await tx
      .update(poolItems)
      .set({ endedAt: sql`clock_timestamp()` })
      .where(
        and(
          eq(poolItems.id, input.itemId),
          isNotNull(poolItems.reservedReason),
          isNull(poolItems.endedAt),
        ),
      )
      .returning();
    if (!item) return refuse({ kind: "not_found", resource: "reservation" });
    const [pool] = await tx.select().from(pools).where(eq(pools.id, item.poolId));
    await recordAudit(tx, grant, {
      action: "pool.lift_reservation",
      object: { kind: "pool", id: item.poolId, name: pool?.name ?? "" },
      detail: { item: formatItem(item, item.value), reason: item.reservedReason },
    });
    return ok(undefined);
  });
}
