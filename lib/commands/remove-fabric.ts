import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockFabric, placeNodesOfSite } from "#db/queries/fabrics";
import { fabrics } from "#db/schema/fabrics";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveFabricInput } from "#lib/schemas/fabric";

/** Forgets a fabric and the places of its ports. Nothing on the fabric itself changes. */
export async function removeFabric(
  db: Database,
  grant: Grant<"node.enrol">,
  input: RemoveFabricInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const fabric = await lockFabric(tx, input.fabricId);
    if (!fabric) return refuse({ kind: "not_found", resource: "fabric" });
    await tx.delete(fabrics).where(eq(fabrics.id, fabric.id));
    await placeNodesOfSite(tx, fabric.siteId);
    await recordAudit(tx, grant, {
      action: "fabric.remove",
      object: { kind: "fabric", id: fabric.id, name: fabric.name },
    });
    return ok(undefined);
  });
}
