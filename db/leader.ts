import pg from "pg";
import type { Log } from "#lib/config/log";

/**
 * Elects one process among those that ask for the same key, by an advisory lock that a connection
 * holds. When its holder dies, or loses the database, the lock is free and another takes it.
 * `isLeader` may lag by a moment: what only the leader does must be harmless if two do it briefly.
 */
export function lead(input: { url: string; role: string; key: number; log: Log; tryMs?: number }): {
  isLeader: () => boolean;
  stop: () => Promise<void>;
} {
  const tryMs = input.tryMs ?? 2_000;
  let client: pg.Client | undefined;
  let leading = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    try {
      client ??= await open();
      const { rows } = await client.query<{ got: boolean }>(
        "select pg_try_advisory_lock($1) as got",
        [input.key],
      );
      leading = rows[0]?.got ?? false;
    } catch (error) {
      input.log.warn({ error }, "leadership not asked for");
      leading = false;
      await client?.end().catch(() => {});
      client = undefined;
    }
    // A leader keeps the lock for as long as its connection lives; the others ask again.
    if (!stopped && !leading) timer = setTimeout(again, tryMs);
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
      const wasLeading = leading;
      leading = false;
      if (wasLeading && !stopped) timer = setTimeout(again, tryMs);
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
    isLeader: () => leading,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await attempting;
      await client?.end().catch(() => {});
    },
  };
}
