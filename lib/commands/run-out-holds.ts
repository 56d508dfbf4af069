import type { Transaction } from "#db/client";
import { endOver } from "#db/queries/holds";
import { recordEvents } from "#lib/access/audit";
import type { ActorId, Id } from "#lib/domain/id";

/** Writes down, with an audit event each, that holds have run out: one person's in a project, or all. */
export async function runOutHolds(
  tx: Transaction,
  of?: { projectId: Id<"project">; actorId: ActorId },
): Promise<void> {
  const over = await endOver(tx, of);
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
