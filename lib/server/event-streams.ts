import type { Log } from "#lib/config/log";

// Streams of events for programs. Each is read from the database with its own token's grant, only when
// its reader wants more: nothing is kept for a slow one, and before anything is sent it is asked
// whether the token still is good.

/** An event of a stream: what its type is, and its id, by which it is resumed after. */
export type StreamEvent = { type: string; data: { id: string } };

export type EventStream = {
  /** In which tenant, and by whose token: so many streams may each have at once. */
  tenantId: string;
  tokenId: string;
  /** The ids whose notices concern it. */
  hears: readonly string[];
  /** What was not sent yet, oldest first; nothing when there is nothing new. */
  next: () => Promise<readonly StreamEvent[]>;
  /** In how many milliseconds the token ends by itself; null when it may read this no more. */
  endsInMs: () => Promise<number | null>;
  signal: AbortSignal;
};

export type EventStreams = {
  /** The body of a stream; null when token, tenant or this process has as many as it may have. */
  open: (stream: EventStream) => ReadableStream<Uint8Array> | null;
  /** Tells the streams that one of these ids concerns; all of them when it is null. */
  tell: (id: string | null) => void;
};

/** Of one token, on one process. */
export const mostOfToken = 4;
/** So that no tenant leaves the others without. */
export const mostOfTenant = 100;
const mostStreams = 500;
const heartbeatMs = 15_000;
/** A reader that takes nothing for so long is let go: it may come again. */
const longestBlockMs = 60_000;
/** A timer of Node's holds no longer. */
const longestTimerMs = 2 ** 31 - 1;

const encoder = new TextEncoder();
const begin = encoder.encode("retry: 2000\n\n");
const stillHere = encoder.encode(": still here\n\n");

/** The streams of one process. */
export function createEventStreams({
  log,
  beatMs = heartbeatMs,
  blockMs = longestBlockMs,
}: {
  log: Log;
  beatMs?: number;
  blockMs?: number;
}): EventStreams {
  const open = new Set<{ stream: EventStream; wake: () => void }>();

  return {
    open(stream) {
      const ofTenant = [...open].filter((other) => other.stream.tenantId === stream.tenantId);
      const own = ofTenant.filter((other) => other.stream.tokenId === stream.tokenId);
      if (open.size >= mostStreams || ofTenant.length >= mostOfTenant) return null;
      if (own.length >= mostOfToken) return null;
      // What was told of while nobody waited is looked at next.
      let told = Promise.withResolvers<void>();
      let room = Promise.withResolvers<void>();
      let isOpen = true;
      const entry = { stream, wake: () => told.resolve() };
      const end = () => {
        isOpen = false;
        open.delete(entry);
        told.resolve();
        room.resolve();
      };
      open.add(entry);
      stream.signal.addEventListener("abort", end, { once: true });
      if (stream.signal.aborted) end();

      async function run(controller: ReadableStreamDefaultController<Uint8Array>) {
        controller.enqueue(begin);
        let unsent: readonly StreamEvent[] = [];
        while (isOpen) {
          if (!(await hasRoom(controller))) return;
          told = Promise.withResolvers<void>();
          const found = await look(stream, unsent, log);
          if (!isOpen || found.endsInMs === null) return;
          unsent = found.unsent;
          for (const event of found.events) controller.enqueue(chunkOf(event));
          if (found.events.length > 0) continue;
          const isQuiet = await within(Math.min(beatMs, found.endsInMs + 1), told.promise);
          if (isQuiet && isOpen && (controller.desiredSize ?? 0) > 0) controller.enqueue(stillHere);
        }
      }

      /** Waits until its reader has taken something; false when that is not to be waited for longer. */
      async function hasRoom(
        controller: ReadableStreamDefaultController<Uint8Array>,
      ): Promise<boolean> {
        const sinceMs = performance.now();
        while (isOpen && (controller.desiredSize ?? 0) <= 0) {
          const leftMs = sinceMs + blockMs - performance.now();
          if (leftMs <= 0) return false;
          room = Promise.withResolvers<void>();
          await within(Math.min(beatMs, leftMs), Promise.race([room.promise, told.promise]));
          // Before it is asked: what is told of meanwhile may be the token.
          told = Promise.withResolvers<void>();
          if ((await endsIn(stream, log)) === null) return false;
        }
        return isOpen;
      }

      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            void run(controller)
              .then(() => controller.close())
              // Closed already by its reader.
              .catch(() => {})
              .finally(end);
          },
          pull: () => room.resolve(),
          cancel: end,
        },
        { highWaterMark: 8 },
      );
    },

    tell(id) {
      for (const { stream, wake } of open) if (id === null || stream.hears.includes(id)) wake();
    },
  };
}

/** Asks whether the token is good; without an answer it counts as good. */
async function endsIn(stream: EventStream, log: Log): Promise<number | null> {
  try {
    return await stream.endsInMs();
  } catch (error) {
    log.warn({ error }, "a stream's token could not be looked at");
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Reads what is new, then asks whether the token is good: in this order, so that all that is sent became
 * so while it was.
 * @param unsent What was read before, and could not be asked about.
 */
async function look(
  stream: EventStream,
  unsent: readonly StreamEvent[],
  log: Log,
): Promise<{
  endsInMs: number | null;
  events: readonly StreamEvent[];
  unsent: readonly StreamEvent[];
}> {
  let read = unsent;
  try {
    if (read.length === 0) read = await stream.next();
    return { endsInMs: await stream.endsInMs(), events: read, unsent: [] };
  } catch (error) {
    // The database is away, and has nothing to tell meanwhile.
    log.warn({ error }, "events could not be read");
    return { endsInMs: await endsIn(stream, log), events: [], unsent: read };
  }
}

function chunkOf(event: StreamEvent): Uint8Array {
  return encoder.encode(
    `id: ${event.data.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
  );
}

/** True when so much time has passed before the promise came. */
function within(ms: number, promise: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), Math.min(ms, longestTimerMs));
    void promise.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
