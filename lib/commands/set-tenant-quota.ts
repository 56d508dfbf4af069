import type { Database } from "#db/client";
import { describeSubject, listLimits, setLimit } from "#db/queries/quota-limits";
import { lockTenant } from "#db/queries/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { admitTenantLimit } from "#lib/domain/quota/split";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetTenantQuotaInput } from "#lib/schemas/quota";

/**
 * Sets how much a tenant may hold at once. Less than it holds now is allowed: nothing is taken away,
 * and nothing new is given until enough was released. Less than its projects are promised is not.
 */
export async function setTenantQuota(
  db: Database,
  grant: Grant<"quota.edit">,
  input: SetTenantQuotaInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const tenant = await lockTenant(tx, input.tenantId);
    if (!tenant) return refuse({ kind: "not_found", resource: "tenant" });
    const subject = await describeSubject(tx, input.dimension, input.subject);
    if (!subject) return refuse({ kind: "not_found", resource: "profile" });
    const limits = await listLimits(tx, input);
    const promised = limits.filter((line) => line.projectId).map((line) => line.limit);
    const admitted = admitTenantLimit(subject, promised, input.limit);
    if (!admitted.ok) return admitted;
    await setLimit(tx, { ...input, projectId: null }, input.limit);
    await recordAudit(tx, grant, {
      action: "quota.set_tenant",
      object: { kind: "tenant", id: tenant.id, name: tenant.slug },
      detail: {
        what: subject.words,
        before: limits.find((line) => !line.projectId)?.limit ?? null,
        after: input.limit,
      },
      tenantId: tenant.id,
    });
    return ok(undefined);
  });
}
