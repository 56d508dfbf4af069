import { asc, eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projects, tenants } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";

/** Every project there is, by tenant: what a part of the catalogue can be shared with. */
export type ShareTarget = {
  projectId: Id<"project">;
  tenant: string;
  project: string;
};

export async function listShareTargets(tx: Transaction): Promise<ShareTarget[]> {
  return tx
    .select({ projectId: projects.id, tenant: tenants.name, project: projects.name })
    .from(projects)
    .innerJoin(tenants, eq(tenants.id, projects.tenantId))
    .orderBy(asc(tenants.name), asc(projects.name));
}
