import type { Transaction } from "#db/client";
import { fabrics } from "#db/schema/fabrics";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import type { FabricKind } from "#lib/domain/fabric/fabric";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** A fabric of a site that is there, with nothing in it, for commands that make one. Refuses a name in use at the site. */
export async function makeFabric(
  tx: Transaction,
  grant: Grant<"node.enrol">,
  { site, kind, name }: { site: { id: Id<"site">; name: string }; kind: FabricKind; name: string },
): Promise<Result<{ fabricId: Id<"fabric"> }, RefusalOf<"name_taken">>> {
  const id = newId("fabric");
  const made = await tx
    .insert(fabrics)
    .values({ id, siteId: site.id, kind, name })
    .onConflictDoNothing({ target: [fabrics.siteId, fabrics.name] })
    .returning({ id: fabrics.id });
  if (made.length === 0) return refuse({ kind: "name_taken", resource: "fabric", name });
  await recordAudit(tx, grant, {
    action: "fabric.create",
    object: { kind: "fabric", id, name },
    detail: { site: site.name, kind },
  });
  return ok({ fabricId: id });
}
