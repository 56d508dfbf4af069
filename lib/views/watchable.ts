import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "#db/client";
import { environments } from "#db/schema/environments";
import type { ProjectGrant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";

/** Those of the ids that are environments of the grant's project. */
export async function watchableEnvironments(
  db: Database,
  grant: ProjectGrant<"environment.read">,
  ids: readonly string[],
): Promise<Id<"environment">[]> {
  const wellFormed = ids.filter((id) => isId("environment", id));
  if (wellFormed.length === 0) return [];
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(
        and(
          eq(environments.tenantId, grant.tenantId),
          eq(environments.projectId, grant.projectId),
          inArray(environments.id, wellFormed),
        ),
      );
    return rows.map((row) => row.id);
  });
}
