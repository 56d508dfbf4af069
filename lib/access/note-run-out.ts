import type { Transaction } from "#db/client";
import type { HoldRow } from "#db/queries/holds";
import { recordEvents } from "#lib/access/audit";

/** Writes the audit events of holds that have run out, in the transaction that writes down that they have. */
export async function noteRunOut(tx: Transaction, over: readonly HoldRow[]): Promise<void> {
  await recordEvents(
    tx,
    { actorId: null, actorName: "End of the hold" },
    over.map(({ id, tenantId, projectId, heldByName, until }) => ({
      action: "nodes.end_hold",
      object: { kind: "hold", id, name: heldByName },
      tenantId,
      projectId,
      detail: { until: until.toISOString() },
    })),
  );
}
