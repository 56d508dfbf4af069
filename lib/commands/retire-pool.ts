import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { firstFew, holderWords, listTakenItems, lockPool, replaceRanges } from "#db/queries/pools";
import { pools } from "#db/schema/pools";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RetirePoolInput } from "#lib/schemas/pool";

/** Takes a pool out of use for good. Refused while anything of it is not free, with who has it. */
export async function retirePool(
  db: Database,
  grant: Grant<"pool.edit">,
  input: RetirePoolInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const pool = await lockPool(tx, input.poolId);
    if (!pool) return refuse({ kind: "not_found", resource: "pool" });
    const taken = await listTakenItems(tx, pool.id);
    if (taken.length > 0) {
      return refuse({
        kind: "not_now",
        reason: `The pool is in use: ${firstFew(taken.map(holderWords))}.`,
        advice: "Lift its reservations, and wait until the rest is given back and has cooled down.",
      });
    }
    await replaceRanges(tx, pool, []);
    await tx.update(pools).set({ retiredAt: sql`now()` }).where(eq(pools.id, pool.id));
    await recordAudit(tx, grant, {
      action: "pool.retire",
      object: { kind: "pool", id: pool.id, name: pool.name },
    });
    return ok(undefined);
  });
}
