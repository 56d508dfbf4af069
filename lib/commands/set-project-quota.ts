import type { Database } from "#db/client";
import { describeSubject, listLimits, setLimit } from "#db/queries/quota-limits";
import { findProject, lockTenant } from "#db/queries/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { admitSplit } from "#lib/domain/quota/split";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetProjectQuotaInput } from "#lib/schemas/quota";

/**
 * Promises one project a part of its tenant's quota. The projects' parts together never pass the
 * tenant's; a project without a part takes from whatever the tenant has left.
 */
export async function setProjectQuota(
  db: Database,
  grant: Grant<"quota.split"> | Grant<"quota.edit">,
  tenantId: Id<"tenant">,
  input: SetProjectQuotaInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    await lockTenant(tx, tenantId);
    const project = await findProject(tx, tenantId, input.projectId);
    if (!project) return refuse({ kind: "not_found", resource: "project" });
    const limits = await listLimits(tx, { ...input, tenantId });
    const ofTenant = limits.find((line) => !line.projectId)?.limit ?? null;
    const subject = await describeSubject(tx, input.dimension, input.subject);
    if (!subject) return refuse({ kind: "not_found", resource: "profile" });
    const others = limits.filter((line) => line.projectId && line.projectId !== project.id);
    const admitted = admitSplit(
      subject,
      ofTenant,
      others.map((line) => line.limit),
      input.limit,
    );
    if (!admitted.ok) return admitted;
    await setLimit(tx, { ...input, tenantId }, input.limit);
    await recordAudit(tx, grant, {
      action: "quota.set_project",
      object: { kind: "project", id: project.id, name: project.slug },
      detail: {
        what: subject.words,
        before: limits.find((line) => line.projectId === project.id)?.limit ?? null,
        after: input.limit,
      },
      tenantId,
      projectId: project.id,
    });
    return ok(undefined);
  });
}
