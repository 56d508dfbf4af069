import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findOverlapping, firstFew, replaceRanges } from "#db/queries/pools";
import { pools } from "#db/schema/pools";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import { formatRanges } from "#lib/domain/pool/item-text";
import { stepOf } from "#lib/domain/pool/pool";
import { parseRanges } from "#lib/domain/pool/ranges";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreatePoolInput } from "#lib/schemas/pool";

/**
 * Adds a pool to a site. Refuses ranges that make no sense for its kind, a name in use at the site,
 * and what another pool of the kind holds already, by that pool's name.
 */
export async function createPool(
  db: Database,
  grant: Grant<"pool.edit">,
  input: CreatePoolInput,
): Promise<
  Result<{ poolId: Id<"pool"> }, RefusalOf<"not_found" | "name_taken" | "invalid_input">>
> {
  const itemLength = input.kind === "private_prefix" ? input.itemLength : null;
  if (input.kind === "private_prefix" && itemLength === null) {
    return refuse({
      kind: "invalid_input",
      fields: { itemLength: "Say how long each prefix is." },
    });
  }
  const parsed = parseRanges(input.kind, input.ranges, itemLength);
  if (!parsed.ok) return refuse({ kind: "invalid_input", fields: { ranges: parsed.refusal } });
  const { family, ranges } = parsed.value;
  const { siteId, kind, name, warnPercent, cooldownMinutes } = input;
  const shape = { kind, family, itemLength };
  const id = newId("pool");

  return withGrant(db, grant, async (tx) => {
    // Pools of a site are made and changed one after the other, so that none overlaps unseen.
    const [site] = await tx
      .select({ id: sites.id, name: sites.name })
      .from(sites)
      .where(eq(sites.id, siteId))
      .for("no key update");
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const overlapping = await findOverlapping(tx, { id, siteId, ...shape }, ranges);
    if (overlapping.length > 0) return refuse(overlap(overlapping));
    const made = await tx
      .insert(pools)
      .values({ id, siteId, name, ...shape, step: stepOf(shape), warnPercent, cooldownMinutes })
      .onConflictDoNothing({
        target: [pools.siteId, pools.name],
        where: sql`${pools.retiredAt} is null`,
      })
      .returning({ id: pools.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "pool", name });
    await replaceRanges(tx, { id, siteId, ...shape }, ranges);
    await recordAudit(tx, grant, {
      action: "pool.create",
      object: { kind: "pool", id, name },
      detail: { site: site.name, kind, ranges: formatRanges(shape, ranges), itemLength },
    });
    return ok({ poolId: id });
  });
}

/** Said at the field of the ranges. */
export function overlap(names: readonly string[]): RefusalOf<"invalid_input"> {
  const words = `${names.length === 1 ? "The pool" : "The pools"} ${firstFew(names)} ${names.length === 1 ? "holds" : "hold"} some of this already.`;
  return { kind: "invalid_input", fields: { ranges: words } };
}
