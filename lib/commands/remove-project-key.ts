import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { projectKeys } from "#db/schema/project-keys";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveProjectKeyInput } from "#lib/schemas/project-key";

/** Forgets a public key of a project. Environments keep theirs until it is taken off each of them. */
export async function removeProjectKey(
  db: Database,
  grant: Grant<"project.keys">,
  { projectKeyId }: RemoveProjectKeyInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [gone] = await tx
      .delete(projectKeys)
      .where(
        and(
          eq(projectKeys.tenantId, grant.tenantId),
          eq(projectKeys.projectId, grant.projectId),
          eq(projectKeys.id, projectKeyId),
        ),
      )
      .returning({ name: projectKeys.name, fingerprint: projectKeys.fingerprint });
    if (!gone) return refuse({ kind: "not_found", resource: "SSH key" });
    await recordAudit(tx, grant, {
      action: "project_key.remove",
      object: { kind: "project_key", id: projectKeyId, name: gone.name },
      detail: { fingerprint: gone.fingerprint },
    });
    return ok(undefined);
  });
}
