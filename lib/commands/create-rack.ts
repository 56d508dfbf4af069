import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { racks, sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateRackInput } from "#lib/schemas/site";

/** Adds a rack to a site; two sites may each have a rack of the same name. */
export async function createRack(
  db: Database,
  grant: Grant<"node.enrol">,
  input: CreateRackInput,
): Promise<Result<{ rackId: Id<"rack"> }, RefusalOf<"not_found" | "name_taken">>> {
  const id = newId("rack");
  return withGrant(db, grant, async (tx) => {
    const [site] = await tx.select().from(sites).where(eq(sites.id, input.siteId));
    if (!site) return refuse({ kind: "not_found", resource: "site" });
    const made = await tx
      .insert(racks)
      .values({ id, ...input })
      .onConflictDoNothing({ target: [racks.siteId, racks.name] })
      .returning({ id: racks.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "rack", name: input.name });
    }
    await recordAudit(tx, grant, {
      action: "rack.create",
      object: { kind: "rack", id, name: `${site.name} / ${input.name}` },
      detail: { units: input.units },
    });
    return ok({ rackId: id });
  });
}
