import type { z } from "zod";
import { type ApiRouteName, type ApiRoutes, apiCall } from "#lib/api/table";

// A client of the API, typed by the table that the API is made of.

type Query<K extends ApiRouteName> = ApiRoutes[K] extends { query?: infer Q }
  ? Q extends z.ZodType
    ? z.input<Q>
    : never
  : never;
type Body<K extends ApiRouteName> = ApiRoutes[K] extends { body?: infer B }
  ? B extends z.ZodType
    ? z.input<B>
    : never
  : never;
type Answer<K extends ApiRouteName> = z.output<ApiRoutes[K]["response"]>;

export type Asking<K extends ApiRouteName> = {
  params?: Record<string, string>;
  query?: Partial<Query<K>>;
  body?: Body<K>;
  headers?: Record<string, string>;
};

export type Answered<T> = {
  status: number;
  headers: Headers;
  value: T;
  problem: { title: string; detail: string; type: string };
};

/** A client that sends its requests by `send`, with a token if one is given. */
export function apiClient(
  origin: string,
  token: string | null,
  send: (request: Request) => Promise<Response>,
) {
  return async <K extends ApiRouteName>(
    name: K,
    { params, query, body, headers }: Asking<K> = {},
  ): Promise<Answered<Answer<K>>> => {
    const { method, url } = apiCall(name, origin, params);
    const asked = new URLSearchParams(
      Object.entries(query ?? {}).map(([key, value]) => [key, String(value)]),
    );
    const response = await send(
      new Request(asked.size > 0 ? `${url}?${asked}` : url, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const value = text === "" ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, value, problem: value };
  };
}
