import type { Database } from "#db/client";
import {
  listPkeyRanges,
  listRestingPartitions,
  type NodePartitionRow,
  notePartition,
} from "#db/queries/partitions";
import type { Id } from "#lib/domain/id";
import { partitionDrift } from "#lib/domain/network/partition-drift";
import { NetworkError } from "#lib/ports/network";
import type { Fabrics } from "#lib/worker/fabrics";

/**
 * Looks at the partitions of every site whose ports nobody is changing, with one request a site, and
 * writes how they differ from what they should be. Changes nothing: who did it, and why, is for a
 * person to find out.
 */
export async function watchPartitions(input: { db: Database; fabrics: Fabrics }): Promise<void> {
  const resting = await listRestingPartitions(input.db);
  for (const [siteId, rows] of Map.groupBy(resting, (row) => row.siteId)) {
    await watchSite(input, siteId, rows);
  }
}

async function watchSite(
  { db, fabrics }: { db: Database; fabrics: Fabrics },
  siteId: Id<"site">,
  rows: readonly NodePartitionRow[],
): Promise<void> {
  const driver = await fabrics.open(siteId);
  if (!driver) return;
  const ranges = await listPkeyRanges(db, siteId);
  const isOurs = (pkey: number) =>
    ranges.some(({ first, last }) => first <= BigInt(pkey) && BigInt(pkey) <= last);
  try {
    const partitions = await driver.readAll();
    for (const row of rows) {
      const wanted = row.isWanted ? row.pkey : null;
      const drift = partitionDrift(wanted, row.guids, partitions, isOurs);
      await notePartition(db, row, { isRead: true, drift });
    }
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const drift = `Its partition could not be read: ${error.message}.`;
    for (const row of rows) await notePartition(db, row, { isRead: false, drift });
  }
}
