"use client";

/** Where a page is: in a project, in a tenant, or among the fleet's pages. */
export type LivePlace = { tenant: string; project?: string } | "fleet";

export type LiveSubscriber = {
  topics: readonly string[];
  /** Up to when the subscriber knows what its feed shows. */
  sinceMs?: () => number | null;
  /** One of its topics may have changed; null where anything may have, as when the stream was opened. */
  onHint?: (topic: string | null) => void;
  onFeed?: (data: unknown) => void;
  /** Whether the stream is open now. */
  onLive: (live: boolean) => void;
};

type Stream = { subscribers: Set<LiveSubscriber>; settle: () => void };

const streams = new Map<string, Stream>();
/** Of a stream that was refused, which a browser does not open again by itself. */
const refusedMs = 30_000;

/**
 * Follows topics over the page's stream, of which there is one for a place, however many parts of the
 * page follow something. Gives the function that ends it.
 */
export function followLive(place: LivePlace, subscriber: LiveSubscriber): () => void {
  const key = place === "fleet" ? place : `${place.tenant}/${place.project ?? ""}`;
  const stream = streams.get(key) ?? openStream(place, () => streams.delete(key));
  streams.set(key, stream);
  stream.subscribers.add(subscriber);
  stream.settle();
  return () => {
    stream.subscribers.delete(subscriber);
    stream.settle();
  };
}

function openStream(place: LivePlace, ended: () => void): Stream {
  const subscribers = new Set<LiveSubscriber>();
  let source: EventSource | undefined;
  let shown = "";
  let live = false;
  let settling = false;
  let again: ReturnType<typeof setTimeout> | undefined;

  const note = (now: boolean) => {
    live = now;
    for (const each of subscribers) each.onLive(now);
  };

  function close(): void {
    clearTimeout(again);
    source?.close();
    source = undefined;
    if (live) note(false);
  }

  // After all that one render began and ended: a stream is opened for what is left of it.
  function settle(): void {
    if (settling) return;
    settling = true;
    queueMicrotask(() => {
      settling = false;
      const topics = [...new Set([...subscribers].flatMap((each) => each.topics))].sort();
      if (topics.length === 0) {
        close();
        ended();
        return;
      }
      if (topics.join() === shown && source) {
        for (const each of subscribers) each.onLive(live);
        return;
      }
      close();
      shown = topics.join();
      open(topics);
    });
  }

  function open(topics: readonly string[]): void {
    const query = new URLSearchParams(topics.map((topic) => ["topic", topic]));
    if (place !== "fleet") {
      for (const [name, slug] of Object.entries(place)) query.set(name, slug);
    }
    const known = [...subscribers].flatMap((each) => each.sinceMs?.() ?? []);
    if (known.length > 0) query.set("since", String(Math.min(...known)));
    const opened = new EventSource(`/api/live?${query}`);
    source = opened;
    opened.onopen = () => {
      note(true);
      // Whatever changed while there was no stream.
      for (const each of subscribers) each.onHint?.(null);
    };
    opened.onmessage = ({ data }) => {
      for (const each of subscribers) {
        const concerned =
          data === "all" || each.topics.includes("fleet") || each.topics.includes(data);
        if (concerned) each.onHint?.(data === "all" ? null : data);
      }
    };
    opened.addEventListener("feed", (event) => {
      const told: { topic: string; data: unknown } = JSON.parse(event.data);
      for (const each of subscribers)
        if (each.topics.includes(told.topic)) each.onFeed?.(told.data);
    });
    opened.onerror = () => {
      note(false);
      if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
      again = setTimeout(() => open(topics), refusedMs);
    };
  }

  return { subscribers, settle };
}
