import type { Database } from "#db/client";
import { clearNodesOfHolds, endOver, forgetHolds } from "#db/queries/holds";
import { recordEvents } from "#lib/access/audit";

/** How long it can be read back who held what. */
const keepDays = 30;

/**
 * Tidies up after holds. That a hold is over, its time alone says: here it is written down, with its
 * audit event, and the nodes forget it. Ended ones are forgotten after a month.
 */
export async function endHolds(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    const over = await endOver(tx);
    for (const { id, tenantId, projectId, heldByName, until } of over) {
      await recordEvents(tx, { actorId: null, actorName: "End of the hold" }, [
        {
          action: "nodes.end_hold",
          object: { kind: "hold", id, name: heldByName },
          tenantId,
          projectId,
          detail: { until: until.toISOString() },
        },
      ]);
    }
  });
  await clearNodesOfHolds(db);
  await forgetHolds(db, keepDays);
}
