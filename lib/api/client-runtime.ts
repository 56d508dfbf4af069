/** The part of the client that is the same for every document. */
export const clientRuntime = `
export type OperationName = keyof Operations;
export type Answer<K extends OperationName> = Operations[K]["answer"];
/** What is asked; \`headers\` and \`signal\` go with the request as they are. */
export type Ask<K extends OperationName> = Operations[K]["ask"] & {
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

  function requestOf<K extends OperationName>(name: K, ask?: Ask<K>): Request {
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

  return { raw, call, each };
}

function secondsOf(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
`;
