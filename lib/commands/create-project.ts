import type { Database } from "#db/client";
import { shareWithNewProject } from "#db/queries/shares";
import { lockTenant } from "#db/queries/tenants";
import { projects } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateProjectInput } from "#lib/schemas/tenant";

/**
 * Adds a project to a tenant, with what of the catalogue is shared with the tenant as a whole. Owners and
 * admins have it at once, others when they get a role in it.
 */
export async function createProject(
  db: Database,
  grant: Grant<"project.create"> | Grant<"tenant.edit">,
  tenantId: Id<"tenant">,
  input: CreateProjectInput,
): Promise<Result<{ projectId: Id<"project"> }, RefusalOf<"not_found" | "name_taken">>> {
  const id = newId("project");
  return withGrant(db, grant, async (tx) => {
    const tenant = await lockTenant(tx, tenantId);
    if (!tenant) return refuse({ kind: "not_found", resource: "tenant" });
    const made = await tx
      .insert(projects)
      .values({ id, tenantId, slug: input.slug, name: input.name })
      .onConflictDoNothing({ target: [projects.tenantId, projects.slug] })
      .returning({ id: projects.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "project", name: input.slug });
    }
    const shared = await shareWithNewProject(tx, tenantId, id);
    await recordAudit(tx, grant, {
      action: "project.create",
      object: { kind: "project", id, name: `${tenant.slug}/${input.slug}` },
      tenantId,
      projectId: id,
      ...(shared.length > 0 && { detail: { shared } }),
    });
    return ok({ projectId: id });
  });
}
