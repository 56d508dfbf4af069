import { and, asc, eq, isNull, ne } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listProjectKeys, type ProjectKeyRow } from "#db/queries/project-keys";
import { allocations, environments } from "#db/schema/environments";
import { projects } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import type { PlacedProjectKey, ProjectKeyView } from "#lib/schemas/project-key";

/** The keys of a project, and whether who looks may change them. */
export async function projectKeyList(
  db: Database,
  grant: Grant<"project.read">,
): Promise<{ projectName: string; keys: PlacedProjectKey[]; mayChange: boolean }> {
  return withGrant(db, grant, async (tx) => {
    const [project] = await tx
      .select({ name: projects.name })
      .from(projects)
      .where(and(eq(projects.tenantId, grant.tenantId), eq(projects.id, grant.projectId)));
    return {
      projectName: project?.name ?? grant.projectSlug,
      keys: await keysWithPlaces(tx, grant),
      mayChange: projectRoleMay(grant.role, "project.keys"),
    };
  });
}

async function keysWithPlaces(
  tx: Transaction,
  grant: Grant<"project.read">,
): Promise<PlacedProjectKey[]> {
  const held = await tx
    .select({
      ...{ id: environments.id, name: environments.name },
      ...{ accepts: environments.authorizedKeys, put: allocations.putKeys },
    })
    .from(environments)
    .leftJoin(
      allocations,
      and(eq(allocations.environmentId, environments.id), isNull(allocations.releasedAt)),
    )
    .where(
      and(
        eq(environments.tenantId, grant.tenantId),
        eq(environments.projectId, grant.projectId),
        ne(environments.state, "released"),
      ),
    )
    .orderBy(asc(environments.name), asc(environments.id));
  return (await listProjectKeys(tx, grant)).map((row) => {
    const having = held.filter(({ accepts, put }) =>
      [...accepts, ...(put?.keys ?? [])].some((key) => key.fingerprint === row.fingerprint),
    );
    // An environment has a row for each of its nodes.
    const once = new Map(having.map(({ id, name }) => [id, { id, name }]));
    return { ...viewOf(row), environments: [...once.values()] };
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
