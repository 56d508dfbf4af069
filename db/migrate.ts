import path from "node:path";
import { type MigrationConfig, readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { isDeadlock } from "#db/deadlock";

const ourMigrations = path.join(import.meta.dirname, "migrations");

/** Any number, the same everywhere: who holds it migrates this database. */
const migrationLock = 7_270_011;

/**
 * Brings a database up to date, as the owner of its tables; does nothing where nothing is to do.
 * Any number of processes may call it at once: one works, the others wait.
 *
 * Throws when the database and the program's migrations do not tell the same story afterwards:
 * a migration was changed after it was applied, was merged with an older date than the newest
 * applied one (drizzle passes over such a file in silence), or belongs to a newer program.
 */
export async function migrate(url: string, folder = ourMigrations): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: "ingot migrations" });
  await client.connect();
  try {
    // Held by the session, so that a process that dies lets go of it.
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    const config: MigrationConfig = { migrationsFolder: folder };
    await applyAll(client, config);
    await requireSameStory(client, config);
  } finally {
    await client.end();
  }
}

const mostTries = 5;

/**
 * Where a portal is at work meanwhile, it and the migrations may wait for one another. Postgres ends either;
 * of the migrations nothing is left then, and they begin anew.
 */
async function applyAll(client: pg.Client, config: MigrationConfig): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await applyMigrations(drizzle(client), config);
    } catch (error) {
      if (tries === mostTries || !isDeadlock(error)) throw error;
    }
  }
}

async function requireSameStory(client: pg.Client, config: MigrationConfig): Promise<void> {
  const { rows } = await client.query<{ hash: string }>(
    "select hash from drizzle.__drizzle_migrations",
  );
  const applied = new Set(rows.map((row) => row.hash));
  const known = new Set(readMigrationFiles(config).map((migration) => migration.hash));
  const missing = known.difference(applied).size;
  const strange = applied.difference(known).size;
  if (missing > 0) {
    throw new Error(
      `The database has not taken ${missing} of this program's migrations: they were changed after they were applied, or are dated before the newest one. Give them a new file with \`npm run migration\`.`,
    );
  }
  if (strange > 0) {
    throw new Error(
      `The database has ${strange} migrations that this program does not know: it was used by a newer version. Start that version, or restore a copy from before it.`,
    );
  }
}
