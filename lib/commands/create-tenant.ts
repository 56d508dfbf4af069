import type { Database } from "#db/client";
import { tenants } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateTenantInput } from "#lib/schemas/tenant";

/** Adds a tenant, with no members, no projects and no quota yet. */
export async function createTenant(
  db: Database,
  grant: Grant<"tenant.create">,
  input: CreateTenantInput,
): Promise<Result<{ tenantId: Id<"tenant">; slug: string }, RefusalOf<"name_taken">>> {
  const id = newId("tenant");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(tenants)
      .values({ id, ...input })
      .onConflictDoNothing({ target: tenants.slug })
      .returning({ id: tenants.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "tenant", name: input.slug });
    }
    await recordAudit(tx, grant, {
      action: "tenant.create",
      object: { kind: "tenant", id, name: input.slug },
      tenantId: id,
    });
    return ok({ tenantId: id, slug: input.slug });
  });
}
