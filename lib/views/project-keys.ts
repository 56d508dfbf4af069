import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { listProjectKeys, type ProjectKeyRow } from "#db/queries/project-keys";
import { projects } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import type { ProjectKeyView } from "#lib/schemas/project-key";

/** The keys of a project, and whether who looks may change them. */
export async function projectKeyList(
  db: Database,
  grant: Grant<"project.read">,
): Promise<{ projectName: string; keys: ProjectKeyView[]; mayChange: boolean }> {
  return withGrant(db, grant, async (tx) => {
    const [project] = await tx
      .select({ name: projects.name })
      .from(projects)
      .where(and(eq(projects.tenantId, grant.tenantId), eq(projects.id, grant.projectId)));
    return {
      projectName: project?.name ?? grant.projectSlug,
      keys: (await listProjectKeys(tx, grant)).map(viewOf),
      mayChange: projectRoleMay(grant.role, "project.keys"),
    };
  });
}

function viewOf(row: ProjectKeyRow): ProjectKeyView {
  return {
    id: row.id,
    name: row.name,
    type: row.publicKey.split(" ")[0] ?? "",
    fingerprint: row.fingerprint,
    addedByName: row.addedByName,
    createdAt: row.createdAt.toISOString(),
  };
}
