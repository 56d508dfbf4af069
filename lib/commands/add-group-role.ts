import type { Database } from "#db/client";
import { findIdentityProvider } from "#db/queries/identity";
import { findProject, lockTenant } from "#db/queries/tenants";
import { groupRoles } from "#db/schema/identity";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddGroupRoleInput } from "#lib/schemas/identity";

/** Gives people of a provider's group a role in one place, from their next sign-in on. */
export async function addGroupRole(
  db: Database,
  grant: Grant<"identity.edit">,
  input: AddGroupRoleInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const provider = await findIdentityProvider(tx, input.providerId);
    if (!provider) return refuse({ kind: "not_found", resource: "identity provider" });
    if (input.place !== "fleet" && !(await lockTenant(tx, input.tenantId))) {
      return refuse({ kind: "not_found", resource: "tenant" });
    }
    if (input.place === "project" && !(await findProject(tx, input.tenantId, input.projectId))) {
      return refuse({ kind: "not_found", resource: "project" });
    }
    const { providerId, group } = input;
    const made = await tx
      .insert(groupRoles)
      .values({
        ...{ id: newId("groupRole"), providerId, group },
        ...(input.place === "fleet" && { operatorRole: input.role }),
        ...(input.place === "tenant" && { tenantId: input.tenantId, tenantRole: input.role }),
        ...(input.place === "project" && {
          tenantId: input.tenantId,
          projectId: input.projectId,
          projectRole: input.role,
        }),
      })
      .onConflictDoNothing()
      .returning({ id: groupRoles.id });
    if (made.length === 0) {
      return refuse({
        kind: "not_now",
        reason: `The group ${group} has a role there already.`,
        advice: "Remove that line first.",
      });
    }
    const { place, role } = input;
    await recordAudit(tx, grant, {
      action: "group_role.add",
      object: { kind: "identity_provider", id: providerId, name: provider.label },
      detail: { group, place, role },
      tenantId: input.place === "fleet" ? undefined : input.tenantId,
      projectId: input.place === "project" ? input.projectId : undefined,
    });
    return ok(undefined);
  });
}
