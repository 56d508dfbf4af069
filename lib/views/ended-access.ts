import { and, desc, eq, lte, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { tenantMembers, tenants } from "#db/schema/tenants";
import type { Actor } from "#lib/access/authorize";
import { withCaller, withUser } from "#lib/access/with-grant";

/** A tenant that somebody was a member of for a time. */
export type EndedAccess = { tenantSlug: string; tenantName: string; endedAt: string };

/** The tenants in which a person's time is over, the latest first. */
export async function endedAccess(db: Database, { userId }: Actor): Promise<EndedAccess[]> {
  const { tenantId, until } = tenantMembers;
  const ended = await withUser(db, userId, (tx) =>
    tx
      .select({ tenantId, until })
      .from(tenantMembers)
      .where(and(eq(tenantMembers.userId, userId), lte(until, sql`now()`)))
      .orderBy(desc(until)),
  );
  const told: EndedAccess[] = [];
  for (const row of ended) {
    // Nothing of the tenant is theirs to see any more, but for what they knew it by.
    const [tenant] = await withCaller(db, userId, row.tenantId, (tx) =>
      tx
        .select({ tenantSlug: tenants.slug, tenantName: tenants.name })
        .from(tenants)
        .where(eq(tenants.id, row.tenantId)),
    );
    if (tenant && row.until) told.push({ ...tenant, endedAt: row.until.toISOString() });
  }
  return told;
}
