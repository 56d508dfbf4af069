import "server-only";
import { listen } from "#db/listen";
import { toldChannel } from "#db/queries/notifications";
import { changedChannel } from "#db/queries/operations";
import { readScrapeNotices, scrapedChannel } from "#db/queries/scrape-notices";
import { readSettings } from "#lib/config/env";
import type { Feed } from "#lib/domain/telemetry/feed";
import { createEventStreams, type EventStreams } from "#lib/server/event-streams";
import { createFanOut, type FanOut } from "#lib/server/fan-out";
import { log } from "#lib/server/log";
import { openOutbox } from "#lib/server/outbox";

/** `environment:ID`, `hooks:ID`, `node:ID` or `operation:ID`: what may have changed. */
export type Topic = string;

type Listener = (topic: Topic | null) => void;
type Hub = {
  listeners: Set<Listener>;
  fanOut: FanOut;
  /** Of programs; the rest is of pages. */
  events: EventStreams;
  streams: Map<string, number>;
  open: number;
};

// Next loads a module once per bundle; the connection to the database is one per process.
const held = globalThis as typeof globalThis & { ingotLive?: Hub };

const heartbeatMs = 20_000;
// The browser opens the stream anew, and is asked anew who it is.
const longestStreamMs = 5 * 60_000;
/** Of one process; and of one person, who has a stream for each open page. */
const mostStreams = 2_000;
const mostOfOne = 64;

const encoder = new TextEncoder();
const hintChunk = (topic: string) => encoder.encode(`data: ${topic}\n\n`);
const everything = hintChunk("all");
const stillHere = encoder.encode(": still here\n\n");

/**
 * The one stream of a page: hints of what changed, and feeds of what it shows live. One connection to
 * the database serves every stream of this process. A reader that is slow gets the newest of each; a
 * person or a process with too many streams is refused, and the page then asks by itself.
 */
export function liveStream(input: {
  of: string;
  signal: AbortSignal;
  wants: (topic: Topic) => boolean;
  feeds: readonly Feed[];
  /** Up to when the page knows what its chart shows. */
  sinceMs: number | null;
  /** Asked at each heartbeat: who is let in no longer is told no more. */
  stillMay: () => Promise<boolean>;
}): Response {
  const hub = theHub();
  const others = hub.streams.get(input.of) ?? 0;
  if (hub.open >= mostStreams || others >= mostOfOne) {
    // Not 204, which would end the page's stream for good: there may be room later.
    return new Response(null, { status: 503, headers: { "retry-after": "30" } });
  }
  hub.open += 1;
  hub.streams.set(input.of, others + 1);

  const ends: (() => void)[] = [];
  const box = openOutbox({
    overflow: everything,
    ended: () => {
      for (const end of ends) end();
      hub.open -= 1;
      const left = (hub.streams.get(input.of) ?? 1) - 1;
      if (left > 0) hub.streams.set(input.of, left);
      else hub.streams.delete(input.of);
    },
  });
  const heartbeat = setInterval(async () => {
    box.beat(stillHere);
    // Without an answer it goes on: the database is away, and has nothing to tell meanwhile.
    if (!(await input.stillMay().catch(() => true))) box.close();
  }, heartbeatMs);
  const limit = setTimeout(box.close, longestStreamMs);
  const listener: Listener = (topic) => {
    if (topic === null) box.put("all", everything);
    else if (input.wants(topic)) box.put(topic, hintChunk(topic));
  };
  hub.listeners.add(listener);
  ends.push(
    () => clearInterval(heartbeat),
    () => clearTimeout(limit),
    () => hub.listeners.delete(listener),
  );
  box.put("retry", encoder.encode("retry: 2000\n\n"));
  for (const feed of input.feeds) ends.push(hub.fanOut.follow(feed, box.put, input.sinceMs));
  if (input.signal.aborted) box.close();
  else input.signal.addEventListener("abort", box.close, { once: true });
  return new Response(box.body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

/** The streams of events of this process; they share its one connection with the pages. */
export function eventStreams(): EventStreams {
  return theHub().events;
}

function theHub(): Hub {
  if (held.ingotLive) return held.ingotLive;
  const fanOut = createFanOut({ log: log() });
  const events = createEventStreams({ log: log() });
  const hub: Hub = { listeners: new Set(), fanOut, events, streams: new Map(), open: 0 };
  const tell = (topic: Topic | null) => {
    for (const listener of hub.listeners) listener(topic);
  };
  listen({
    url: readSettings().databaseUrl,
    role: "ingot_app",
    channels: [changedChannel, scrapedChannel, toldChannel],
    onNotice: (channel, payload) => {
      if (channel === changedChannel) tell(payload);
      else if (channel === toldChannel) events.tell(payload);
      else fanOut.tell(readScrapeNotices(payload));
    },
    onConnect: () => {
      tell(null);
      events.tell(null);
    },
    log: log(),
  });
  held.ingotLive = hub;
  return hub;
}
