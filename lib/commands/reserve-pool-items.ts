import type { Database } from "#db/client";
import {
  endCooled,
  firstFew,
  holderWords,
  insertReservations,
  listRanges,
  listTakenItems,
  lockPool,
} from "#db/queries/pools";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { formatItem, formatRanges } from "#lib/domain/pool/item-text";
import { countItems, hasItem, itemsIn } from "#lib/domain/pool/pool";
import { parseRanges } from "#lib/domain/pool/ranges";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReservePoolItemsInput } from "#lib/schemas/pool";

/** Each is a row, and a line on the page. */
const mostAtOnce = 256n;

/**
 * Keeps items of a pool out: the gateway, the VLAN of the printers. Refuses those that are not in
 * the pool, and those that somebody has, with the holders named.
 */
export async function reservePoolItems(
  db: Database,
  grant: Grant<"pool.edit">,
  input: ReservePoolItemsInput,
): Promise<Result<{ reserved: number }, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const pool = await lockPool(tx, input.poolId);
    if (!pool) return refuse({ kind: "not_found", resource: "pool" });
    const parsed = parseRanges(pool.kind, input.items, pool.itemLength);
    if (!parsed.ok) return invalid(parsed.refusal);
    const { ranges, family } = parsed.value;
    if (family !== pool.family) return invalid(`This pool holds IPv${pool.family}.`);
    if (countItems(pool, ranges) > mostAtOnce) {
      return invalid(`At most ${mostAtOnce} at once. Shrink the pool to keep out more.`);
    }
    const values = itemsIn(pool, ranges);
    const held = await listRanges(tx, pool.id);
    const outside = values.find((value) => !hasItem(pool, held, value));
    if (outside !== undefined) return invalid(`${formatItem(pool, outside)} is not in this pool.`);
    const taken = (await listTakenItems(tx, pool.id)).filter((item) => values.includes(item.value));
    if (taken.length > 0) return invalid(`Not free: ${firstFew(taken.map(holderWords))}.`);
    await endCooled(tx, pool.id);
    await insertReservations(tx, pool, values, input.reason);
    await recordAudit(tx, grant, {
      action: "pool.reserve",
      object: { kind: "pool", id: pool.id, name: pool.name },
      detail: { items: formatRanges(pool, ranges), reason: input.reason },
    });
    return ok({ reserved: values.length });
  });
}

function invalid(items: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { items } });
}
