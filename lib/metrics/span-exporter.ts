import type { Log } from "#lib/config/log";
import type { SpanAttributes } from "#lib/config/trace";
import { exportRequest, type Span } from "#lib/metrics/otlp";

/** Why a span was never stored anywhere. */
export const dropReasons = ["queue_full", "refused", "unanswered"] as const;
export type SpanCounts = { sent: number; dropped: Record<(typeof dropReasons)[number], number> };

export type SpanExporter = {
  add: (span: Span) => void;
  counts: () => SpanCounts;
  /** Sends what is left, as long as the receiver answers within a second, and ends. */
  stop: () => Promise<void>;
};

/** Spans that wait at most, about 1 kB each. */
const queueLimit = 2_048;
const batchLimit = 512;
const everyMs = 2_000;
/** A batch is tried so often; then it makes room for newer ones. */
const attempts = 4;
/** How long the end of a process waits for the receiver. */
const lastMs = 1_000;
const longestPauseMs = 30_000;
const warnEveryMs = 60_000;
/** Asked again later, by the specification; every other answer is a refusal for good. */
const laterStatuses = new Set([429, 502, 503, 504]);

type Sent =
  | { kind: "sent"; rejected: number }
  | { kind: "refused" }
  | { kind: "later"; ms?: number };

/**
 * Sends spans in batches to a receiver of OTLP, one batch at a time. Whatever the receiver does, no
 * more than `queueLimit` spans are held, nothing waits for it, and each span that it did not get is
 * counted.
 */
export function createSpanExporter(input: {
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
  resource: SpanAttributes;
  log: Log;
}): SpanExporter {
  const { url, headers, timeoutMs, resource, log } = input;
  const dropped = { queue_full: 0, refused: 0, unanswered: 0 };
  let sent = 0;
  let queue: Span[] = [];
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  let working: Promise<void> | undefined;
  let ending = false;
  /** Aborted when there is no time left for an answer. */
  const ended = new AbortController();
  let wake = () => {};
  const timer = setInterval(flush, everyMs);
  timer.unref();

  function add(span: Span): void {
    if (queue.length >= queueLimit) {
      dropped.queue_full++;
      return;
    }
    queue.push(span);
    if (queue.length >= batchLimit) flush();
  }

  function flush(): void {
    working ??= drain().finally(() => {
      working = undefined;
    });
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) await deliver(queue.slice(0, batchLimit));
  }

  /** Sends one batch until it is taken or given up; it leaves the queue then. */
  async function deliver(batch: Span[]): Promise<void> {
    const body = exportRequest(resource, batch);
    for (let attempt = 1; ; attempt++) {
      const outcome = await post(body, batch.length);
      if (outcome.kind === "later" && attempt < attempts && !ending) {
        await pause(outcome.ms ?? 1_000 * 2 ** (attempt - 1));
        continue;
      }
      queue = queue.slice(batch.length);
      if (outcome.kind === "sent") {
        sent += batch.length - outcome.rejected;
        dropped.refused += outcome.rejected;
      } else {
        dropped[outcome.kind === "refused" ? "refused" : "unanswered"] += batch.length;
      }
      return;
    }
  }

  async function post(body: string, count: number): Promise<Sent> {
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
        // Our headers are for this address alone.
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ended.signal]),
      });
      if (answer.ok) return { kind: "sent", rejected: await rejectedOf(answer, count, log) };
      await answer.body?.cancel();
      warn({ status: answer.status }, "the receiver of traces refuses spans");
      if (!laterStatuses.has(answer.status)) return { kind: "refused" };
      const seconds = Number(answer.headers.get("retry-after"));
      return seconds > 0 ? { kind: "later", ms: seconds * 1_000 } : { kind: "later" };
    } catch (error) {
      const { name, cause } = error as Error;
      const code = (cause as { code?: string } | undefined)?.code;
      warn({ reason: code ?? name }, "the receiver of traces does not answer");
      return { kind: "later" };
    }
  }

  function warn(fields: object, message: string): void {
    if (performance.now() - warnedAtMs < warnEveryMs) return;
    warnedAtMs = performance.now();
    log.warn({ ...fields, waiting: queue.length, dropped }, message);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = setTimeout(resolve, Math.min(ms, longestPauseMs));
      waiting.unref();
      wake = () => {
        clearTimeout(waiting);
        resolve();
      };
    });
  }

  return {
    add,
    counts: () => ({ sent, dropped: { ...dropped } }),
    async stop() {
      ending = true;
      clearInterval(timer);
      const late = setTimeout(() => ended.abort(), lastMs);
      wake();
      flush();
      await working;
      clearTimeout(late);
    },
  };
}

/** How many of a batch that was taken were not: the rest of the answer is words for us. */
async function rejectedOf(answer: Response, most: number, log: Log): Promise<number> {
  const text = (await answer.text()).slice(0, 10_000);
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string };
    };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    if (rejected > 0) log.warn({ rejected }, "the receiver of traces rejected some spans");
    return Math.min(Math.max(rejected, 0), most);
  } catch {
    // An empty answer, or one in another form, is a success all the same.
    return 0;
  }
}
