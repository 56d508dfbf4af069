import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

// A receiver of OTLP/HTTP in JSON that takes nothing but what the published messages have. Fields by
// opentelemetry-proto 1.x (trace/v1, common/v1, resource/v1, collector/trace/v1) in the lowerCamelCase
// of the JSON mapping; enums are numbers, 64-bit numbers are text and ids are hexadecimal, as
// opentelemetry.io/docs/specs/otlp has it for JSON.

type Check = (value: unknown, at: string) => string[];

const no = (at: string, what: string) => [`${at} is no ${what}`];
const form = (pattern: RegExp, what: string): Check => {
  return (value, at) =>
    typeof value === "string" && pattern.test(value) ? [] : no(at, `${what}: ${value}`);
};
const text: Check = (value, at) => (typeof value === "string" ? [] : no(at, "text"));
const whole: Check = (value, at) => (Number.isInteger(value) ? [] : no(at, "whole number"));
const fixed64 = form(/^\d{1,20}$/, "64-bit number as text");

function among(numbers: readonly number[]): Check {
  return (value, at) => (numbers.includes(value as number) ? [] : no(at, `one of ${numbers}`));
}

function list(item: Check): Check {
  return (value, at) =>
    Array.isArray(value) ? value.flatMap((one, n) => item(one, `${at}[${n}]`)) : no(at, "list");
}

function message(fields: Record<string, Check>, needed: readonly string[] = []): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return no(at, "message");
    const missing = needed.filter((name) => !(name in value)).map((name) => `${at} has no ${name}`);
    const wrong = Object.entries(value).flatMap(([name, part]) =>
      fields[name] ? fields[name](part, `${at}.${name}`) : [`${at} has no field ${name}`],
    );
    return [...missing, ...wrong];
  };
}

const oneValue: Check = (value, at) => {
  const wrong = message({
    stringValue: text,
    boolValue: (part, place) => (typeof part === "boolean" ? [] : no(place, "boolean")),
    intValue: form(/^-?\d{1,19}$/, "64-bit number as text"),
    doubleValue: (part, place) => (typeof part === "number" ? [] : no(place, "number")),
  })(value, at);
  return wrong.length === 0 && Object.keys(value as object).length !== 1
    ? no(at, "one value")
    : wrong;
};
const keyValue = message({ key: text, value: oneValue }, ["key", "value"]);
const attributes: Check = (value, at) => {
  const wrong = list(keyValue)(value, at);
  if (wrong.length > 0) return wrong;
  const keys = (value as { key: string }[]).map(({ key }) => key);
  return new Set(keys).size === keys.length ? [] : [`${at} has a key twice: ${keys}`];
};
const isNotZero = "(?!0+$)";
const span = message(
  {
    traceId: form(new RegExp(`^${isNotZero}[0-9a-f]{32}$`), "trace id"),
    spanId: form(new RegExp(`^${isNotZero}[0-9a-f]{16}$`), "span id"),
    parentSpanId: form(new RegExp(`^${isNotZero}[0-9a-f]{16}$`), "span id"),
    traceState: text,
    flags: whole,
    name: form(/./, "name"),
    kind: among([1, 2, 3, 4, 5]),
    startTimeUnixNano: fixed64,
    endTimeUnixNano: fixed64,
    attributes,
    droppedAttributesCount: whole,
    status: message({ message: text, code: among([0, 1, 2]) }),
  },
  ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"],
);
const scopeSpans = message({
  scope: message({ name: text, version: text, attributes }),
  spans: list(span),
  schemaUrl: text,
});
const exportTraceServiceRequest = message({
  resourceSpans: list(
    message({
      resource: message({ attributes, droppedAttributesCount: whole }),
      scopeSpans: list(scopeSpans),
      schemaUrl: text,
    }),
  ),
});

/** A span as it was received, its attributes by name, beside those of its resource. */
export type ReceivedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, string | number | boolean>;
  resource: Record<string, string | number | boolean>;
  status?: { code?: number };
};

export type Received = { spans: ReceivedSpan[]; problems: string[] };

/** Spans that are kept: the newest. */
const kept = 20_000;

/**
 * Starts a receiver. `GET /?about=TEXT` gives the traces in which a span has that attribute, `GET /` all;
 * `answer` takes its place where a test wants another one.
 */
export async function startOtlpReceiver(answer?: RequestListener) {
  const received: Received & { headers: unknown[] } = { spans: [], problems: [], headers: [] };
  const server = createServer(async (request, response) => {
    if (request.method === "GET") {
      const about = new URLSearchParams(request.url?.split("?")[1]).get("about");
      return void response.end(JSON.stringify(tracesAbout(received, about)));
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (answer) return answer(request, response);
    received.headers.push(request.headers);
    const wrong = takeIn(received, request.url, Buffer.concat(chunks).toString());
    received.problems.push(...wrong);
    response.writeHead(wrong.length > 0 ? 400 : 200, { "content-type": "application/json" });
    response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function tracesAbout({ spans, problems }: Received, about: string | null): Received {
  if (about === null) return { spans, problems };
  const named = spans.filter(({ attributes }) => Object.values(attributes).includes(about));
  const traces = new Set(named.map(({ traceId }) => traceId));
  return { problems, spans: spans.filter(({ traceId }) => traces.has(traceId)) };
}

function takeIn(received: Received, path: string | undefined, body: string): string[] {
  if (path !== "/v1/traces") return [`it was sent to ${path}`];
  const parsed = JSON.parse(body) as RequestMessage;
  const wrong = exportTraceServiceRequest(parsed, "request");
  if (wrong.length > 0) return wrong;
  for (const { resource, scopeSpans: scopes } of parsed.resourceSpans) {
    for (const one of scopes.flatMap((scope) => scope.spans)) {
      if (BigInt(one.endTimeUnixNano) < BigInt(one.startTimeUnixNano))
        return [`${one.name} ends early`];
      received.spans.push({
        ...one,
        attributes: byName(one.attributes),
        resource: byName(resource.attributes),
      });
    }
  }
  received.spans.splice(0, received.spans.length - kept);
  return [];
}

type KeyValue = { key: string; value: Record<string, string | number | boolean> };
type RequestMessage = {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: (Omit<ReceivedSpan, "attributes"> & { attributes: KeyValue[] })[] }[];
  }[];
};

function byName(list: KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    list.map(({ key, value: { intValue, ...other } }) => [
      key,
      intValue === undefined ? (Object.values(other)[0] ?? "") : Number(intValue),
    ]),
  );
}
