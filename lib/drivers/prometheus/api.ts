import { HistoryError } from "#lib/ports/history";

/** One series of an answer: its labels, and its points by moment (ms). */
export type PromSeries = { labels: Record<string, string>; points: [ms: number, value: number][] };

export type PromApi = {
  /** Evaluates a query at one moment. */
  instant: (query: string, atMs: number) => Promise<PromSeries[]>;
  /** Evaluates it at every step from one moment to another, both included. */
  range: (
    query: string,
    at: { fromMs: number; toMs: number; stepMs: number },
  ) => Promise<PromSeries[]>;
};

/** The longest answer that is read: twenty times what eight GPUs' charts take. */
const mostBytes = 32 * 2 ** 20;

/** Where an engine is asked. */
export type PromPlace = {
  url: string;
  /** Sent along with every question, as Mimir and Thanos ask for to tell their own tenants apart. */
  headers?: Readonly<Record<string, string>>;
  /** For one question, from the first byte to the last. */
  deadlineMs?: number;
};

/** The end of the time that all questions of a reading may take together. */
export type WholeDeadline = { signal: AbortSignal; ms: number };

/**
 * The query API that Prometheus, Thanos, Mimir and VictoriaMetrics share
 * (https://prometheus.io/docs/prometheus/latest/querying/api/). A name and password in the address
 * are sent as Basic authorization. No redirect is followed. Throws `HistoryError` alone.
 */
export function promApi(place: PromPlace, whole: WholeDeadline | null = null): PromApi {
  const { url, headers: more = {}, deadlineMs = 8_000 } = place;
  const base = new URL(url);
  const { username, password } = base;
  base.username = "";
  base.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = new Headers(
    username ? { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } : {},
  );
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  headers.set("content-type", "application/x-www-form-urlencoded");
  const prefix = base.href.replace(/\/$/, "");

  async function ask(path: string, params: Record<string, string>): Promise<PromSeries[]> {
    const own = AbortSignal.timeout(deadlineMs);
    const signal = whole ? AbortSignal.any([own, whole.signal]) : own;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${prefix}/api/v1/${path}`, {
        method: "POST",
        headers,
        // VictoriaMetrics moves the moments asked for to where its cache has answers, and leaves the
        // last half minute out, unless it is told not to; others do not know the word.
        body: new URLSearchParams({ ...params, timeout: `${deadlineMs}ms`, nocache: "1" }),
        redirect: "error",
        signal,
      });
      status = response.status;
      text = await boundedText(response);
    } catch (cause) {
      if (cause instanceof HistoryError) throw cause;
      throw new HistoryError(`It ${whyNot(own, deadlineMs)}.`, { cause });
    }
    if (status !== 200) throw new HistoryError(`It answered with status ${status}.`);
    return seriesOf(text);
  }

  function whyNot(own: AbortSignal, ownMs: number): string {
    if (whole?.signal.aborted) {
      return `has not answered all that was asked within ${whole.ms / 1_000} seconds`;
    }
    return own.aborted ? `has not answered within ${ownMs / 1_000} seconds` : "cannot be reached";
  }

  const seconds = (ms: number) => (ms / 1_000).toFixed(3);
  return {
    instant: (query, atMs) => ask("query", { query, time: seconds(atMs) }),
    range: (query, { fromMs, toMs, stepMs }) =>
      ask("query_range", {
        query,
        start: seconds(fromMs),
        end: seconds(toMs),
        step: `${stepMs}ms`,
      }),
  };
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > mostBytes) throw new HistoryError("Its answer is longer than 32 MiB.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Reads a vector or a matrix; whatever else it is, is not understood. */
function seriesOf(text: string): PromSeries[] {
  try {
    const { status, data } = JSON.parse(text);
    if (status !== "success") throw new Error("no success");
    if (data.resultType !== "vector" && data.resultType !== "matrix") throw new Error("no series");
    return data.result.map((one: Record<string, unknown>) => {
      const points = (data.resultType === "vector" ? [one.value] : one.values) as [
        number,
        string,
      ][];
      return {
        labels: Object.fromEntries(
          Object.entries(one.metric as object).map(([name, value]) => [name, String(value)]),
        ),
        points: points.map(([at, value]) => [Math.round(Number(at) * 1_000), Number(value)]),
      };
    });
  } catch (cause) {
    throw new HistoryError("Its answer is not understood.", { cause });
  }
}
