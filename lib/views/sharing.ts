import { asc } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projects, tenants } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";

/** A tenant with its projects: what a part of the catalogue can be shared with. */
export type ShareTarget = {
  tenantId: Id<"tenant">;
  tenant: string;
  projects: { id: Id<"project">; name: string }[];
};

/** Every tenant with its projects, those without one too, by name. */
export async function listShareTargets(tx: Transaction): Promise<ShareTarget[]> {
  const all = await tx.select().from(tenants).orderBy(asc(tenants.name));
  const own = await tx.select().from(projects).orderBy(asc(projects.name));
  const ofTenant = Map.groupBy(own, ({ tenantId }) => tenantId);
  return all.map(({ id, name }) => ({
    ...{ tenantId: id, tenant: name },
    projects: (ofTenant.get(id) ?? []).map((project) => ({ id: project.id, name: project.name })),
  }));
}
