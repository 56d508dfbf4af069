import pg from "pg";
import type { Log } from "#lib/config/log";

/**
 * Elects one process among those that ask for the same key, by an advisory lock that a connection
 * holds. When its holder dies, or loses the database, the lock is free and another takes it; where
 * all have lost the database, who led before goes first.
 *
 * `leads` is true where this process does, false where another does, and null while the database has
 * not said. It may lag by a moment: what only the leader does must be harmless if two do it briefly.
 */
export function lead(input: { url: string; role: string; key: number; log: Log; tryMs?: number }): {
  leads: () => boolean | null;
  stop: () => Promise<void>;
} {
  const tryMs = input.tryMs ?? 2_000;
  let client: pg.Client | undefined;
  let leads: boolean | null = null;
  /** What the database said last, also while it is away. */
  let led: boolean | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    try {
      if (client) await ask(client);
      else {
        client = await open();
        // Who led holds what has come since: one that did not lets it go first.
        if (led !== false) await ask(client);
      }
    } catch (error) {
      input.log.warn({ error }, "leadership not asked for");
      leads = null;
      await client?.end().catch(() => {});
      client = undefined;
    }
    // A leader keeps the lock for as long as its connection lives; the others ask again.
    if (!stopped && !leads) timer = setTimeout(again, led ? tryMs / 8 : tryMs);
  }

  async function ask(of: pg.Client): Promise<void> {
    const { rows } = await of.query<{ got: boolean }>("select pg_try_advisory_lock($1) as got", [
      input.key,
    ]);
    led = rows[0]?.got ?? false;
    leads = led;
  }

  async function open(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: input.url,
      options: `-c role=${input.role}`,
      application_name: `${input.role} leadership`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    const lost = () => {
      if (client !== fresh) return;
      client = undefined;
      const wasLeading = leads;
      leads = null;
      if (wasLeading && !stopped) timer = setTimeout(again, tryMs / 8);
    };
    fresh.on("error", lost);
    fresh.on("end", lost);
    await fresh.connect();
    return fresh;
  }

  // Never rejects, so `stop` can wait for it: a lock that is taken after that would stay taken.
  let attempting = attempt();
  const again = () => {
    attempting = attempt();
  };
  return {
    leads: () => leads,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await attempting;
      await client?.end().catch(() => {});
    },
  };
}
