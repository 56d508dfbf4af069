import { and, asc, count, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { isLive } from "#db/queries/holds";
import { holdNodes, holds } from "#db/schema/holds";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";

/** The holds that go on in a project, the one that ends soonest first. */
export function projectHolds(db: Database, grant: Grant<"environment.read">) {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({
        id: holds.id,
        heldByName: holds.heldByName,
        nodes: count(),
        startedAt: holds.startedAt,
        until: holds.until,
      })
      .from(holds)
      .innerJoin(holdNodes, eq(holdNodes.holdId, holds.id))
      .where(and(eq(holds.projectId, grant.projectId), isLive()))
      .groupBy(holds.id)
      .orderBy(asc(holds.until));
    return rows.map(({ startedAt, until, ...row }) => ({
      ...row,
      startedAt: startedAt.toISOString(),
      until: until.toISOString(),
    }));
  });
}
