import type { EmbeddedPostgres } from "#db/embedded";
import type { Log } from "#lib/config/log";

const lookMs = 1_000;

/**
 * Starts the database again whenever it has ended by itself. Postgres recovers from the crash of one
 * of its processes alone; this is for the day on which its first process is killed. `stop` waits for
 * a start under way, so that nothing is started behind the back of who stops the database next.
 */
export function keepDatabase(
  postgres: Pick<EmbeddedPostgres, "revive">,
  log: Log,
): { stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    try {
      if (await postgres.revive()) log.error("the database had ended, and was started again");
    } catch (error) {
      log.error({ error }, "the database has ended, and does not start again; it is tried on");
    }
    if (!stopped) timer = setTimeout(again, lookMs);
  }
  function again(): void {
    looking = look();
  }

  timer = setTimeout(again, lookMs);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
