import type { Transaction } from "#db/client";
import { environmentSecrets } from "#db/schema/hooks";
import type { ProjectGrant } from "#lib/access/authorize";
import { environmentSecretPlace, seal } from "#lib/access/sealed";
import type { Id } from "#lib/domain/id";

/** Keeps values of an environment's secret inputs, sealed for the worker with `sealingKey`. */
export async function sealSecrets(
  tx: Transaction,
  grant: Pick<ProjectGrant, "tenantId" | "projectId">,
  environmentId: Id<"environment">,
  secrets: Record<string, string>,
  sealingKey: string,
): Promise<void> {
  const rows = Object.entries(secrets).map(([name, value]) => ({
    tenantId: grant.tenantId,
    projectId: grant.projectId,
    environmentId,
    name,
    sealedValue: seal(sealingKey, environmentSecretPlace(environmentId, name), value),
  }));
  if (rows.length > 0) await tx.insert(environmentSecrets).values(rows);
}
