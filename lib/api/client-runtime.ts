/** The part of the client that is the same for every document. */
export const clientRuntime = `
/** Operations that are streams of events; the others are asked and answered. */
export type StreamName = {
  [K in keyof Operations]: Operations[K] extends { event: unknown } ? K : never;
}[keyof Operations];
export type OperationName = Exclude<keyof Operations, StreamName>;
export type Answer<K extends OperationName> = Operations[K]["answer"];
/** What is asked; \`headers\` and \`signal\` go with the request as they are. */
export type Ask<K extends keyof Operations> = Operations[K]["ask"] & {
  headers?: Record<string, string>;
  signal?: AbortSignal;
};
type Asked<K extends OperationName> =
  Record<never, never> extends Operations[K]["ask"] ? [ask?: Ask<K>] : [ask: Ask<K>];

/** Operations that give their list in pages. */
export type PagedName = {
  [K in OperationName]: Answer<K> extends { items: unknown[]; next: string | null } ? K : never;
}[OperationName];
type Item<K extends PagedName> = Answer<K> extends { items: Array<infer T> } ? T : never;

/** An answer that is no. */
export class IngotError extends Error {
  readonly problem: Problem;
  /** After how many seconds it is worth trying again; null when that is not said. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null) {
    super(problem.detail);
    this.name = "IngotError";
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A client with a token. \`send\` is for those who have a way of their own to the network. */
export function ingot(options: {
  token: string | null;
  base?: string;
  send?: (request: Request) => Promise<Response>;
}) {
  const { token, base = ownBase, send = fetch } = options;

  function requestOf<K extends keyof Operations>(name: K, ask?: Ask<K>): Request {
    const given: {
      params?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
      key?: string;
      headers?: Record<string, string>;
      signal?: AbortSignal;
    } = ask ?? {};
    const [method, path] = routes[name];
    const url = new URL(
      base + path.replace(/\\{(\\w+)\\}/g, (_, part) => encodeURIComponent(given.params?.[part] ?? "")),
    );
    for (const [part, value] of Object.entries(given.query ?? {})) {
      if (value !== undefined) url.searchParams.set(part, String(value));
    }
    const headers = new Headers(given.headers);
    if (token) headers.set("authorization", \`Bearer \${token}\`);
    if (given.key) headers.set("idempotency-key", given.key);
    if (given.body !== undefined) headers.set("content-type", "application/json");
    return new Request(url, {
      method,
      headers,
      body: given.body === undefined ? null : JSON.stringify(given.body),
      signal: given.signal ?? null,
    });
  }

  /** Asks, and gives what came: status, headers, and either the answer or the problem. */
  async function raw<K extends OperationName>(
    name: K,
    ...[ask]: Asked<K>
  ): Promise<{
    status: number;
    headers: Headers;
    value: Answer<K> | null;
    problem: Problem | null;
  }> {
    const response = await send(requestOf(name, ask));
    const text = await response.text();
    const value = text === "" ? null : JSON.parse(text);
    const { status, headers } = response;
    return response.ok || status === 304
      ? { status, headers, value, problem: null }
      : { status, headers, value: null, problem: value };
  }

  /** Asks, and gives the answer. Throws an \`IngotError\` when it is no. */
  async function call<K extends OperationName>(name: K, ...asked: Asked<K>): Promise<Answer<K>> {
    const { value, problem, headers } = await raw(name, ...asked);
    if (problem) throw new IngotError(problem, secondsOf(headers));
    return value as Answer<K>;
  }

  /** Each item of a list, page after page. */
  async function* each<K extends PagedName>(name: K, ...[ask]: Asked<K>): AsyncGenerator<Item<K>> {
    let after: string | null = null;
    do {
      const query = { ...(ask as { query?: object } | undefined)?.query, ...(after ? { after } : {}) };
      const next = [{ ...ask, query }] as unknown as Asked<K>;
      const page = (await call(name, ...next)) as { items: Item<K>[]; next: string | null };
      yield* page.items;
      after = page.next;
    } while (after !== null);
  }

  /**
   * The events of a stream, from now on or from after \`lastId\`, each once, over breaks of the
   * connection, until \`signal\` says enough. Throws an \`IngotError\` when the token is let in no more.
   */
  async function* events<K extends StreamName>(
    name: K,
    ask: Ask<K> & { lastId?: string },
  ): AsyncGenerator<Operations[K]["event"]> {
    const had = new Set<string>();
    let lastId = ask.lastId;
    for (let waitSeconds = 0; !ask.signal?.aborted; waitSeconds = waitSeconds || 2) {
      await pause(waitSeconds, ask.signal);
      const headers = { ...ask.headers, ...(lastId ? { "last-event-id": lastId } : {}) };
      const response = await send(requestOf(name, { ...ask, headers })).catch(() => null);
      if (!response) continue;
      if (!response.ok) {
        const seconds = secondsOf(response.headers);
        if (response.status !== 429 && response.status < 500) {
          throw new IngotError(await response.json(), seconds);
        }
        waitSeconds = seconds ?? 2;
        continue;
      }
      waitSeconds = 2;
      for await (const { id, data } of messagesOf(response)) {
        lastId = id;
        if (had.has(id)) continue;
        had.add(id);
        if (had.size > 1_000) had.delete([...had][0] ?? "");
        yield JSON.parse(data);
      }
    }
  }

  return { raw, call, each, events };
}

/** The messages of a stream; ends where the connection does. */
async function* messagesOf(response: Response): AsyncGenerator<{ id: string; data: string }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const read = await reader?.read().catch(() => undefined);
      if (!read || read.done) return;
      const blocks = (text + read.value).split("\\n\\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) =>
          block.split("\\n").find((line) => line.startsWith(\`\${name}: \`))?.slice(name.length + 2);
        const id = field("id");
        const data = field("data");
        if (id && data) yield { id, data };
      }
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (seconds === 0 || signal?.aborted) return resolve();
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function secondsOf(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
`;
