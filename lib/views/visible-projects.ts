import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projectMembers, projects } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { runsTenant } from "#lib/domain/access/role";

/** Owners and admins see every project of the tenant, others those that they were given; by name. */
export async function visibleProjects(tx: Transaction, grant: Grant<"tenant.read">) {
  const all = runsTenant(grant.role);
  return tx
    .selectDistinct({ id: projects.id, slug: projects.slug, name: projects.name })
    .from(projects)
    .leftJoin(projectMembers, eq(projectMembers.projectId, projects.id))
    .where(
      and(
        eq(projects.tenantId, grant.tenantId),
        all
          ? undefined
          : and(
              eq(sql`${projectMembers.userId}`, grant.actorId),
              or(isNull(projectMembers.until), gt(projectMembers.until, sql`now()`)),
            ),
      ),
    )
    .orderBy(asc(projects.name));
}
