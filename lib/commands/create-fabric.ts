import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { makeFabric } from "#lib/commands/make-fabric";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";
import type { CreateFabricInput } from "#lib/schemas/fabric";

/** Adds a fabric to a site, with nothing in it. Refuses a name in use at the site. */
export async function createFabric(
  db: Database,
  grant: Grant<"node.enrol">,
  input: CreateFabricInput,
): Promise<Result<{ fabricId: Id<"fabric"> }, RefusalOf<"not_found" | "name_taken">>> {
  const { siteId, kind, name } = input;
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select({ name: sites.name }).from(sites).where(eq(sites.id, siteId));
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    return makeFabric(tx, grant, { site: { id: siteId, ...site }, kind, name });
  });
}
