import pg from "pg";
import type { Log } from "#lib/config/log";

/**
 * Listens on channels of the database and calls back with what is announced. The connection is
 * made anew when it is lost; `onConnect` is called each time, since announcements may have been
 * missed meanwhile. An announcement is a hint, never the only way to learn of a change.
 */
export function listen(input: {
  url: string;
  role: string;
  channels: readonly string[];
  onNotice: (channel: string, payload: string) => void;
  onConnect?: () => void;
  log: Log;
}): { stop: () => Promise<void> } {
  let client: pg.Client | undefined;
  let stopped = false;
  let again: NodeJS.Timeout | undefined;

  async function open(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: input.url,
      options: `-c role=${input.role}`,
      application_name: `${input.role} listener`,
      keepAlive: true,
    });
    const lost = () => {
      if (client !== fresh) return;
      client = undefined;
      if (!stopped) again = setTimeout(() => void open(), 1_000);
    };
    client = fresh;
    fresh.on("error", lost);
    fresh.on("end", lost);
    fresh.on("notification", (notice) => input.onNotice(notice.channel, notice.payload ?? ""));
    try {
      await fresh.connect();
      for (const channel of input.channels) {
        await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
      }
      input.onConnect?.();
    } catch (error) {
      input.log.warn({ error }, "listener not connected");
      await fresh.end().catch(() => {});
      lost();
    }
  }

  void open();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(again);
      await client?.end().catch(() => {});
    },
  };
}
