import type { Database } from "#db/client";
import { sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateSiteInput } from "#lib/schemas/site";

/** Adds a site: a building, or whatever shares one network to boot from. */
export async function createSite(
  db: Database,
  grant: Grant<"node.enrol">,
  input: CreateSiteInput,
): Promise<Result<{ siteId: Id<"site"> }, RefusalOf<"name_taken">>> {
  const id = newId("site");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(sites)
      .values({ id, ...input })
      .onConflictDoNothing({ target: sites.name })
      .returning({ id: sites.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "site", name: input.name });
    }
    await recordAudit(tx, grant, {
      action: "site.create",
      object: { kind: "site", id, name: input.name },
      detail: { bootOrigin: input.bootOrigin },
    });
    return ok({ siteId: id });
  });
}
