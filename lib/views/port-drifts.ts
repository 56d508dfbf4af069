import type { Database } from "#db/client";
import { listDrifting } from "#db/queries/networks";
import { listDriftingPartitions } from "#db/queries/partitions";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";

export type PortDrift = { node: { id: Id<"node">; name: string }; port: string; words: string };

/** Nodes whose port does not carry what it should, or is in another partition, longest first. */
export async function portDrifts(db: Database, grant: Grant<"fleet.read">): Promise<PortDrift[]> {
  return withGrant(db, grant, async (tx) => {
    const drifts = [
      ...(await listDrifting(tx)),
      ...(await listDriftingPartitions(tx)).map((row) => ({ ...row, port: "InfiniBand" })),
    ];
    return drifts
      .sort((a, b) => Number(a.since) - Number(b.since))
      .map(({ node, port, drift }) => ({ node, port, words: drift ?? "" }));
  });
}
