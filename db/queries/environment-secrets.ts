import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { environmentSecrets } from "#db/schema/hooks";
import type { Id } from "#lib/domain/id";

/** The secret inputs of an environment, sealed: the worker's role alone may read them. */
export async function listSealedSecrets(db: Database, environmentId: Id<"environment">) {
  return db
    .select({ name: environmentSecrets.name, sealedValue: environmentSecrets.sealedValue })
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId));
}
