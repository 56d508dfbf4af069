import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { fabrics } from "#db/schema/fabrics";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateFabricInput } from "#lib/schemas/fabric";

/** Adds a fabric to a site, with nothing in it. Refuses a name in use at the site. */
export async function createFabric(
  db: Database,
  grant: Grant<"node.enrol">,
  input: CreateFabricInput,
): Promise<Result<{ fabricId: Id<"fabric"> }, RefusalOf<"not_found" | "name_taken">>> {
  const { siteId, kind, name } = input;
  const id = newId("fabric");
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select({ name: sites.name }).from(sites).where(eq(sites.id, siteId));
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const made = await tx
      .insert(fabrics)
      .values({ id, siteId, kind, name })
      .onConflictDoNothing({ target: [fabrics.siteId, fabrics.name] })
      .returning({ id: fabrics.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "fabric", name });
    await recordAudit(tx, grant, {
      action: "fabric.create",
      object: { kind: "fabric", id, name },
      detail: { site: site.name, kind },
    });
    return ok({ fabricId: id });
  });
}
