import "server-only";
import { type Connection, connect, type Database } from "#db/client";
import { readSettings } from "#lib/config/env";
import { log } from "#lib/server/log";

// Next loads a module once per bundle and again after an edit in development; only `globalThis`
// is one per process, and one pool per process is wanted.
const held = globalThis as typeof globalThis & { ingotDatabase?: Connection };

/** The portal's database, in the role that sees only what a transaction's scope lets it see. */
export function database(): Database {
  return connection().db;
}

/** True when the database answers a question within two seconds. */
export async function databaseAnswers(): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, 2_000, false));
  const answered = connection()
    .pool.query("select 1")
    .then(
      () => true,
      () => false,
    );
  return Promise.race([answered, late]);
}

function connection(): Connection {
  held.ingotDatabase ??= connect({
    url: readSettings().databaseUrl,
    role: "ingot_app",
    onError: (error) => log().warn({ error }, "idle database connection lost"),
  });
  return held.ingotDatabase;
}
