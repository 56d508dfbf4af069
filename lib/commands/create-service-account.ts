import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { serviceAccounts } from "#db/schema/api-tokens";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateServiceAccountInput } from "#lib/schemas/api-token";

/** Gives a program an account of its own in a project, with a role there. Refuses a name in use. */
export async function createServiceAccount(
  db: Database,
  grant: Grant<"project.automation">,
  { name, role }: CreateServiceAccountInput,
): Promise<Result<{ serviceAccountId: Id<"serviceAccount"> }, RefusalOf<"name_taken">>> {
  const id = newId("serviceAccount");
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(serviceAccounts)
      .values({
        id,
        tenantId: grant.tenantId,
        projectId: grant.projectId,
        name,
        role,
        createdByName: grant.actorName,
      })
      .onConflictDoNothing({
        target: [serviceAccounts.projectId, serviceAccounts.name],
        where: sql`${serviceAccounts.removedAt} is null`,
      })
      .returning({ id: serviceAccounts.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "service account", name });
    await recordAudit(tx, grant, {
      action: "service_account.create",
      object: { kind: "service_account", id, name },
      detail: { role },
    });
    return ok({ serviceAccountId: id });
  });
}
