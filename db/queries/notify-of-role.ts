import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { notify } from "#db/queries/notifications";
import { projects, tenants } from "#db/schema/tenants";
import type { ActorId, Id } from "#lib/domain/id";

/** Tells a person that somebody else changed what they are in a tenant, one of its projects, or the fleet. */
export async function notifyOfRole(
  tx: Transaction,
  by: { actorId: ActorId; actorName: string },
  change: {
    userId: Id<"user">;
    role: string | null;
    until?: Date | null;
    tenantId?: Id<"tenant">;
    projectId?: Id<"project">;
  },
): Promise<void> {
  const { userId, role, until, tenantId, projectId } = change;
  if (by.actorId === userId) return;
  const [tenant] = tenantId
    ? await tx.select().from(tenants).where(eq(tenants.id, tenantId))
    : [undefined];
  const [project] = projectId
    ? await tx.select().from(projects).where(eq(projects.id, projectId))
    : [undefined];
  await notify(tx, {
    kind: "membership.changed",
    audience: "person",
    userId,
    tenantId: tenantId ?? null,
    projectId: projectId ?? null,
    data: {
      of: project ? "project" : tenant ? "tenant" : "fleet",
      slug: tenant?.slug ?? null,
      name: (project ?? tenant)?.name ?? "",
      role,
      until: until?.toISOString() ?? null,
      by: by.actorName,
    },
  });
}
