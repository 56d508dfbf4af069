import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { environmentSecrets } from "#db/schema/hooks";
import type { Id } from "#lib/domain/id";

/** The secret inputs of an environment, sealed: the worker's role alone may read them. */
export async function listSealedSecrets(db: Database, environmentId: Id<"environment">) {
  return db
    .select({ name: environmentSecrets.name, sealedValue: environmentSecrets.sealedValue })
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId));
}

/** What was entered at the launch of an environment, without secrets, and what its template asks for. */
export async function findEntered(db: Database, environmentId: Id<"environment">) {
  const [row] = await db
    .select({ values: environments.inputs, definitions: templateVersions.inputs })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .where(eq(environments.id, environmentId));
  if (!row) throw new Error(`environment ${environmentId} is gone`);
  return row;
}
