import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { writeChanges } from "#db/queries/health-reasons";
import { loadHealthSettings } from "#db/queries/health-rule-settings";
import { bootWindows } from "#db/schema/boot-windows";
import { nodes } from "#db/schema/nodes";
import { recordEvents } from "#lib/access/audit";
import { type Misplaced, suspiciousRequests } from "#lib/boot/store";
import { ruleBy } from "#lib/domain/health/settings";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";

/**
 * Counts a request that was refused for where it came from: how many there were in its window. The first
 * of them are in the audit log; with the last of these the node has a reason of health. However many
 * follow, no more is written than their number.
 */
export async function noteMisplaced(
  tx: Transaction,
  windowId: Id<"bootWindow">,
  { door, peer, why }: Misplaced,
): Promise<number> {
  const [row] = await tx
    .update(bootWindows)
    .set({ wrongPlaces: sql`${bootWindows.wrongPlaces} + 1` })
    .from(nodes)
    .where(sql`${eq(bootWindows.id, windowId)} and ${eq(nodes.id, bootWindows.nodeId)}`)
    .returning({
      count: bootWindows.wrongPlaces,
      nodeId: nodes.id,
      node: nodes.name,
      purpose: bootWindows.purpose,
    });
  if (!row || row.count > suspiciousRequests) return row?.count ?? 0;
  const { nodeId, purpose } = row;
  await recordEvents(
    tx,
    { actorId: null, actorName: "Boot server", ipAddress: peer },
    [
      {
        action: "boot.ask",
        object: { kind: "node", id: nodeId, name: row.node },
        detail: { purpose, door, why },
      },
    ],
    "denied",
  );
  const rule = ruleBy("boot_misplaced", await loadHealthSettings(tx));
  if (row.count === suspiciousRequests && rule?.enabled) {
    const atMs = await readDatabaseClock(tx);
    await writeChanges(tx, [
      {
        ...{ kind: "seen", nodeId, allocationId: null, gpu: wholeNode, uuid: null },
        ...{ code: "boot_misplaced", atMs, sinceMs: atMs, occurrences: 1 },
        evidence: { boot_requests: row.count, boot_refusal: why },
      },
    ]);
  }
  return row.count;
}
