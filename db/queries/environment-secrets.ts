import { asc, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { environmentSecrets } from "#db/schema/hooks";
import type { Id } from "#lib/domain/id";

/**
 * Every value that a secret input of an environment has or had, sealed, the newest last: the worker's role
 * alone may read them.
 */
export async function listSealedSecrets(db: Database, environmentId: Id<"environment">) {
  return db
    .select({ name: environmentSecrets.name, sealedValue: environmentSecrets.sealedValue })
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId))
    .orderBy(asc(environmentSecrets.id));
}

/** Names of the secret inputs of which an environment has a value, once for each that its nodes may have. */
export async function listSecretNames(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<string[]> {
  const rows = await tx
    .select({ name: environmentSecrets.name })
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId));
  return rows.map(({ name }) => name);
}

/**
 * Removes values that were replaced, of environments with which nothing is under way and whose nodes have
 * each been installed since.
 */
export async function pruneSecrets(db: Database): Promise<void> {
  await db.execute(sql`delete from environment_secrets former
    using environment_secrets later, environments own
    where later.environment_id = former.environment_id and later.name = former.name
      and later.id > former.id and own.id = former.environment_id
      and own.state in ('ready', 'stopped')
      and not exists (select from allocations held
        where held.environment_id = own.id and held.released_at is null
          and not exists (select from operations since
            where since.allocation_id = held.id and since.kind in ('node.deploy', 'node.reinstall')
              and since.state = 'succeeded' and since.created_at > later.given_at))`);
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
