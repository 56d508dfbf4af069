import { asc, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { hasLease } from "#db/queries/leases";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { environments } from "#db/schema/environments";

const mostAtOnce = 100;

/**
 * Tells of each lease that is about to end, once for each end that it is given: a day before, or half
 * way through a lease of less than two days.
 */
export async function tellOfLeases(db: Database): Promise<void> {
  const soon = await db
    .select({ id: environments.id, endsAt: environments.endsAt })
    .from(environments)
    .where(sql`${environments.endsAt} > now() and ${hasLease()}
      and ${environments.endsAt} - least(interval '24 hours', (${environments.endsAt} - ${environments.createdAt}) / 2) <= now()
      and not exists (select from notifications n where n.dedupe_key = ${key})`)
    .orderBy(asc(environments.endsAt))
    .limit(mostAtOnce);
  for (const { id, endsAt } of soon) {
    if (!endsAt) continue;
    await db.transaction((tx) =>
      notifyOfEnvironment(tx, id, (place) => [
        {
          kind: "lease.ending",
          audience: "project",
          data: { ...place, endsAt: endsAt.toISOString() },
          dedupeKey: `lease.ending:${id}:${Math.floor(endsAt.getTime() / 1000)}`,
        },
      ]),
    );
  }
}

const key = sql`'lease.ending:' || ${environments.id} || ':' || floor(extract(epoch from ${environments.endsAt}))`;
