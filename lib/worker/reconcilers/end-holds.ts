import type { Database } from "#db/client";
import { clearNodesOfHolds, forgetHolds } from "#db/queries/holds";
import { runOutHolds } from "#lib/commands/run-out-holds";

/** How long it can be read back who held what. */
const keepDays = 30;

/**
 * Tidies up after holds. That a hold is over, its time alone says: here it is written down, with its
 * audit event, and the nodes forget it. Ended ones are forgotten after a month.
 */
export async function endHolds(db: Database): Promise<void> {
  await db.transaction((tx) => runOutHolds(tx));
  await clearNodesOfHolds(db);
  await forgetHolds(db, keepDays);
}
