import { and, asc, eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projectKeys } from "#db/schema/project-keys";
import type { Id } from "#lib/domain/id";

export type ProjectKeyRow = typeof projectKeys.$inferSelect;

/** The public keys of one project, by name. */
export async function listProjectKeys(
  tx: Transaction,
  place: { tenantId: Id<"tenant">; projectId: Id<"project"> },
): Promise<ProjectKeyRow[]> {
  return tx
    .select()
    .from(projectKeys)
    .where(
      and(eq(projectKeys.tenantId, place.tenantId), eq(projectKeys.projectId, place.projectId)),
    )
    .orderBy(asc(projectKeys.name), asc(projectKeys.id));
}
