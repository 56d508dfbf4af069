import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { findCurrency } from "#db/queries/profile-terms";
import type { Id } from "#lib/domain/id";

/** What nodes cost, each at the price of the version it was taken at. Amounts in hundredths. */
export type Cost = {
  currency: string;
  /** Of the nodes that are held now; null when none is any more. */
  hourlyCents: number | null;
  /** From allocation to release, or to now. */
  soFarCents: number;
  /** Nodes held, now or before, of which no price was told: in neither amount. */
  unpricedNodes: number;
};

/** What an environment costs; null where no price was told of any of its nodes. */
export async function costOfEnvironment(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<Cost | null> {
  const { rows } = await tx.execute<{
    hourly: number | null;
    so_far: number;
    priced: number;
    unpriced: number;
  }>(sql`
    select case when bool_or(a.released_at is null)
        then coalesce(sum(v.price_cents) filter (where a.released_at is null), 0)::float8 end as hourly,
      coalesce(round(sum(v.price_cents * extract(epoch from coalesce(a.released_at, now())
        - a.started_at)) / 3600), 0)::float8 as so_far,
      count(v.price_cents)::int as priced, (count(*) - count(v.price_cents))::int as unpriced
    from allocations a
      join profile_versions v on v.profile_id = a.profile_id and v.version = a.profile_version
    where a.environment_id = ${environmentId}`);
  const [row] = rows;
  if (!row || row.priced === 0) return null;
  return {
    currency: await findCurrency(tx),
    hourlyCents: row.hourly,
    soFarCents: row.so_far,
    unpricedNodes: row.unpriced,
  };
}
