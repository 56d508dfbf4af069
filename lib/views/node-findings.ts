import type { Database } from "#db/client";
import { type DpuPair, findDpuPairs, findFindings, listChanges } from "#db/queries/node-findings";
import { findNode } from "#db/queries/nodes";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ConformanceReport } from "#lib/domain/node/conformance";
import type {
  InventoryLogEntry,
  InventoryReading,
  InventorySource,
} from "#lib/domain/node/inventory";
import type { InventoryChange } from "#lib/domain/node/inventory-change";

export type NodeFindings = {
  /** When the controller was last asked for all of it; null before the first time. */
  readAt: string | null;
  conformance: ConformanceReport | null;
  sources: InventorySource[];
  unread: { path: string; reason: string }[];
  readings: InventoryReading[];
  log: InventoryLogEntry[];
  /** Newest first. */
  changes: { id: number; at: string; changes: InventoryChange[] }[];
  /** The nodes that its DPUs are, or the host that it sits in when it is one. */
  dpuPairs: DpuPair[];
};

const shownChanges = 10;

/** What the last discovery of a node found beside its parts, and what changed since earlier ones. */
export function nodeFindings(
  db: Database,
  grant: Grant<"fleet.read">,
  id: Id<"node">,
): Promise<NodeFindings> {
  return withGrant(db, grant, async (tx) => {
    const found = await findFindings(tx, id);
    const changes = await listChanges(tx, id, shownChanges);
    const dpus = (await findNode(tx, id))?.inventory?.dpus ?? [];
    return {
      readAt: found?.at.toISOString() ?? null,
      conformance: found?.conformance ?? null,
      sources: found?.sources ?? [],
      unread: found?.unread ?? [],
      readings: found?.readings ?? [],
      log: found?.log ?? [],
      changes: changes.map((each) => ({
        id: each.id,
        at: each.at.toISOString(),
        changes: each.changes,
      })),
      dpuPairs: await findDpuPairs(tx, id, dpus),
    };
  });
}
