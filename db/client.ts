import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { tellAway } from "#db/database-away";
import { EagerClient, PreparingClient } from "#db/preparing-client";
import { together } from "#db/together";
import "#db/shown-errors";

export type Database = NodePgDatabase;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** The database roles a process can take; each sees only what its policies give it. */
export type DatabaseRole = "ingot_app" | "ingot_worker";

/** Of who seals again what is sealed: it sees sealed columns and no others. */
export type KeeperRole = "ingot_keeper";

export type Connection = { db: Database; pool: pg.Pool };

/**
 * How long a connection is kept that nobody uses. A new one has no statement planned: fifty launches on new
 * ones cost Postgres 4.9 s of processor, on used ones 1.4 s.
 */
const keptIdleMs = 5 * 60_000;

/**
 * Opens a pool whose every connection acts in the given role. Connections are made on first use,
 * and a lost one is replaced: a restart of the database ends no process.
 */
export function connect(input: {
  url: string;
  role: DatabaseRole | KeeperRole;
  max?: number;
  /** How long, in ms, somebody waits for a connection before it is an error: 10 s, as one at a page would. */
  patienceMs?: number;
  onError?: (error: Error) => void;
}): Connection {
  const pool = new pg.Pool({
    Client: input.role === "ingot_app" ? EagerClient : PreparingClient,
    connectionString: input.url,
    max: input.max ?? 10,
    options: `-c role=${input.role} -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000`,
    application_name: input.role,
    connectionTimeoutMillis: input.patienceMs ?? 10_000,
    idleTimeoutMillis: keptIdleMs,
    keepAlive: true,
    // Statements are sent when they are known, and not when what came before is answered.
    pipeline: true,
  });
  // Without a listener, a connection that breaks while idle ends the process.
  pool.on("error", (error) => input.onError?.(error));
  // The pool listens only to connections that are idle; one that breaks in use rejects its query
  // and, without this, ends the process as well.
  pool.on("connect", (client) => client.on("error", (error) => input.onError?.(error)));
  const db = drizzle(pool);
  db.transaction = (work, config) => onOneConnection(pool, (own) => own.transaction(work, config));
  return { db, pool };
}

/**
 * Lends a connection to `work` and takes it back however that ends. Drizzle's own transaction on a
 * pool keeps the connection for ever when its `begin` fails, as it does when the database goes down
 * at that moment (drizzle-orm 0.45.4, node-postgres/session.js): each time the pool is one smaller,
 * and can no longer be ended.
 */
async function onOneConnection<T>(pool: pg.Pool, work: (db: Database) => Promise<T>): Promise<T> {
  try {
    const client = await pool.connect();
    try {
      return await work(drizzle(client));
    } finally {
      client.release();
    }
  } catch (error) {
    throw tellAway(error);
  }
}

/** On whose behalf a transaction of the portal acts; empty text means "not". */
export type Scope = { tenant: string; user: string; fleet: "" | "read" | "write" };

/**
 * Runs `work` in one transaction that sees what the scope may see, and nothing else. The settings
 * are local to the transaction, so a pooled connection carries nothing over.
 */
export function inScope<T>(
  db: Database,
  scope: Scope,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    const [, result] = await together(
      () =>
        tx.execute(
          sql`select set_config('app.tenant', ${scope.tenant}, true), set_config('app.user', ${scope.user}, true), set_config('app.fleet', ${scope.fleet}, true)`,
        ),
      // A moment later: whatever it asks, and however, the scope is sent before it.
      async () => {
        await Promise.resolve();
        return work(tx);
      },
    );
    return result;
  });
}
