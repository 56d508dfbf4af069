import type { ScrapeNotice } from "#db/queries/scrape-notices";
import type { Log } from "#lib/config/log";
import { type Feed, type FeedMessage, heardBy } from "#lib/domain/telemetry/feed";

export type FeedReader = (topic: string, message: Uint8Array) => void;

type Channel = {
  feed: Feed;
  readers: Set<FeedReader>;
  /** The earliest moment that was told of and not read yet. */
  dueMs: number | null;
  /** It is read, waits for its turn, or rests: it is not begun twice. */
  busy: boolean;
  /** When it may be read again, on the clock of `performance.now()`. */
  restsUntil: number;
  /** How long it takes to read, in ms: of its reads so far, the newest counting most. */
  takesMs: number | null;
};

/** So many feeds are read at once, of all pages together: the rest of the pool is for people. */
const readsAtOnce = 3;
/** A feed that takes long to read is read less often: an eighth of the time at most. */
const restPerRead = 8;
/** So much of a read counts in how long its feed takes: one that was held up is no reason to rest for long. */
const newestWeight = 0.2;

export type FanOut = {
  /** Reads the feeds that hear of these, each once, and tells their readers. */
  tell: (notices: readonly ScrapeNotice[]) => void;
  /** Adds a reader; `sinceMs` is up to when it knows. Gives the function that removes it. */
  follow: (feed: Feed, reader: FeedReader, sinceMs: number | null) => () => void;
};

const encoder = new TextEncoder();

/** A feed's message as it goes over the stream. */
export function feedChunk(topic: string, { data, id }: FeedMessage): Uint8Array {
  const mark = id === null ? "" : `id: ${id}\n`;
  return encoder.encode(`event: feed\n${mark}data: ${JSON.stringify({ topic, data })}\n\n`);
}

/**
 * Brings what is stored to every page that shows it: a feed is read once and written once, however
 * many follow it, and only when a notice concerns it. Notices that come while it is read are one more
 * read. Whoever follows was let in before; what is read is read with the newest reader's grant.
 */
export function createFanOut({ log }: { log: Log }): FanOut {
  const channels = new Map<string, Channel>();
  const hearers = new Map<string, Set<Channel>>();
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  function inTurn(job: () => Promise<void>): void {
    waiting.push(job);
    advance();
  }

  function advance(): void {
    while (running < readsAtOnce) {
      const job = waiting.shift();
      if (!job) return;
      running += 1;
      void job().finally(() => {
        running -= 1;
        advance();
      });
    }
  }

  /** Gives the message for those who know all up to a moment, ready to send. */
  async function read(feed: Feed, sinceMs: number | null): Promise<Uint8Array | null> {
    try {
      const message = await feed.read(sinceMs);
      return message && feedChunk(feed.topic, message);
    } catch (error) {
      // Pages ask by themselves now and then, and see for themselves what is wrong.
      log.warn({ error }, "a live feed could not be read");
      return null;
    }
  }

  function schedule(channel: Channel): void {
    if (channel.busy) return;
    channel.busy = true;
    const restMs = channel.restsUntil - performance.now();
    const start = () => inTurn(() => refresh(channel));
    if (restMs > 0) setTimeout(start, restMs).unref();
    else start();
  }

  async function refresh(channel: Channel): Promise<void> {
    const { feed, dueMs } = channel;
    channel.dueMs = null;
    const began = performance.now();
    const chunk = channel.readers.size > 0 ? await read(feed, dueMs) : null;
    if (chunk) for (const reader of channel.readers) reader(feed.topic, chunk);
    if (feed.gapMs > 0) {
      const ended = performance.now();
      const before = channel.takesMs ?? ended - began;
      channel.takesMs = before + (ended - began - before) * newestWeight;
      channel.restsUntil = ended + Math.max(feed.gapMs, channel.takesMs * restPerRead);
    }
    channel.busy = false;
    if (channel.dueMs !== null) schedule(channel);
  }

  function channelOf(feed: Feed): Channel {
    const known = channels.get(feed.key);
    if (known) {
      known.feed = feed;
      return known;
    }
    const channel: Channel = {
      ...{ feed, readers: new Set(), dueMs: null, busy: false },
      ...{ restsUntil: 0, takesMs: null },
    };
    channels.set(feed.key, channel);
    for (const key of feed.hears) {
      const those = hearers.get(key) ?? new Set();
      hearers.set(key, those.add(channel));
    }
    return channel;
  }

  return {
    tell(notices) {
      for (const { nodeId, environmentId, projectId, atMs, of } of notices) {
        const keys =
          of === "host"
            ? [heardBy.hostOf(environmentId, nodeId)]
            : [
                heardBy.nodeOf(environmentId, nodeId),
                heardBy.environment(environmentId),
                heardBy.node(nodeId),
                heardBy.project(projectId),
                heardBy.fleet,
              ];
        for (const channel of keys.flatMap((key) => [...(hearers.get(key) ?? [])])) {
          // Up to then its readers may know everything.
          channel.dueMs = Math.min(channel.dueMs ?? atMs, atMs - 1);
          schedule(channel);
        }
      }
    },

    follow(feed, reader, sinceMs) {
      const channel = channelOf(feed);
      channel.readers.add(reader);
      // What came between the page's own answer and this moment, for this reader alone.
      inTurn(async () => {
        if (!channel.readers.has(reader)) return;
        const chunk = await read(feed, sinceMs);
        if (chunk && channel.readers.has(reader)) reader(feed.topic, chunk);
      });
      return () => {
        channel.readers.delete(reader);
        if (channel.readers.size > 0 || channels.get(feed.key) !== channel) return;
        channels.delete(feed.key);
        for (const key of channel.feed.hears) {
          const those = hearers.get(key);
          those?.delete(channel);
          if (those?.size === 0) hearers.delete(key);
        }
      };
    },
  };
}
