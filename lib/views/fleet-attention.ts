import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { operations } from "#db/schema/operations";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";

/** How many operations wait for a person. */
export async function countStuck(db: Database, grant: Grant<"fleet.read">): Promise<number> {
  return withGrant(db, grant, (tx) => tx.$count(operations, eq(operations.state, "stuck")));
}
