import type { Database } from "#db/client";
import { listDrifting } from "#db/queries/networks";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";

export type PortDrift = { node: { id: Id<"node">; name: string }; port: string; words: string };

/** Nodes whose port does not carry what it should, longest first. */
export async function portDrifts(db: Database, grant: Grant<"fleet.read">): Promise<PortDrift[]> {
  const rows = await withGrant(db, grant, listDrifting);
  return rows.map(({ node, port, drift }) => ({ node, port, words: drift ?? "" }));
}
