import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { freePort } from "#e2e/free-port";
import { type ReceivedSpan, startOtlpReceiver } from "#e2e/otlp-receiver";
import { promtool } from "#e2e/promtool";
import { createLog } from "#lib/config/log";
import { addSpan, noteOnSpan, setTracer, traced } from "#lib/config/trace";
import type { Span } from "#lib/metrics/otlp";
import { createSpanExporter } from "#lib/metrics/span-exporter";
import { parentOf, traceRequests } from "#lib/metrics/trace-requests";
import { observeSpans, startTracing } from "#lib/metrics/tracing";

const log = createLog("test", "silent");
const ending: (() => unknown)[] = [];
afterEach(async () => {
  setTracer(undefined);
  for (const end of ending.splice(0).reverse()) await end();
});

function settings(url: string) {
  const headers = { authorization: "Bearer s3cret" };
  const resource = { "deployment.environment.name": "test" };
  return { url: `${url}/v1/traces`, headers, timeoutMs: 300, serviceName: null, resource };
}

async function givenTracing() {
  const receiver = await startOtlpReceiver();
  const tracing = startTracing(settings(receiver.url), "worker", log);
  ending.push(receiver.close);
  return { ...tracing, received: receiver.received };
}

const span: Span = {
  ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), parentSpanId: null, name: "x" },
  ...{ kind: "internal", startMs: 1, endMs: 2, attributes: {}, error: null },
};

test("where nothing is traced, work is done as it is", async () => {
  expect(await traced("a", {}, async () => 3)).toBe(3);
  noteOnSpan({ a: 1 });
  addSpan(() => {
    throw new Error("it is not even made");
  });
});

test("what is done becomes spans that a receiver takes, each a part of what it was done in", async () => {
  const { stop, counts, received } = await givenTracing();
  const operation = { id: "opr_child", parentId: "opr_parent" };
  const attempt = traced(
    "step power_on",
    { "ingot.attempt": 1 },
    async () => {
      await traced("part", { yes: true, share: 0.5 }, async () =>
        noteOnSpan({ "ingot.more": "ü" }),
      );
      const [startMs, endMs] = [1_790_000_000_000.25, 1_790_000_000_004];
      const kind = "client" as const;
      addSpan(() => ({ name: "GET /x", kind, startMs, endMs, attributes: {}, error: "500" }));
      throw new TypeError("a password: hunter2");
    },
    operation,
  );
  await expect(attempt).rejects.toThrow("hunter2");
  await traced("nobody's", {}, async () => {});
  const whole = { kind: "internal" as const, startMs: 5, endMs: 6, attributes: {} };
  addSpan(() => ({ ...whole, name: "node.deploy", whole: operation }));
  addSpan(() => ({ ...whole, name: "launch", whole: { id: "opr_parent", parentId: null } }));
  await stop();

  expect(received.problems).toEqual([]);
  const by = (name: string) => received.spans.find((one) => one.name === name) as ReceivedSpan;
  expect(received.spans.map(({ name }) => name).sort()).toEqual(
    ["GET /x", "launch", "node.deploy", "part", "step power_on"].sort(),
  );
  expect(new Set(received.spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(by("launch").parentSpanId).toBeUndefined();
  expect(by("node.deploy").parentSpanId).toBe(by("launch").spanId);
  expect(by("step power_on")).toMatchObject({
    parentSpanId: by("node.deploy").spanId,
    attributes: { "ingot.attempt": 1, "error.type": "TypeError" },
    status: { code: 2 },
    resource: {
      "service.name": "ingot-worker",
      "service.namespace": "ingot",
      "deployment.environment.name": "test",
    },
  });
  const part = { yes: true, share: 0.5, "ingot.more": "ü" };
  expect(by("part")).toMatchObject({ parentSpanId: by("step power_on").spanId, attributes: part });
  expect(by("GET /x")).toMatchObject({
    ...{ parentSpanId: by("step power_on").spanId, kind: 3 },
    startTimeUnixNano: "1790000000000250000",
  });
  expect(JSON.stringify(received.spans)).not.toContain("hunter2");
  expect(received.headers[0]).toMatchObject({ authorization: "Bearer s3cret" });
  expect(counts()).toMatchObject({ sent: 5 });
});

test("a request is a trace, or a part of its caller's; its path and its parts stay within bounds", async () => {
  const { stop, tracer, received } = await givenTracing();
  let late = 0;
  const server = createServer(async (request, answer) => {
    answer.setHeader("x-request-id", "req-1");
    const parts = request.url === "/acme/many" ? 2_000 : 1;
    for (let n = 0; n < parts; n++) await traced("as fleet.read", {}, async () => {});
    answer.statusCode = request.url === "/acme/broken" ? 500 : 200;
    // After the answer nothing is a part of it any more.
    const after = AsyncLocalStorage.bind(() => traced("too late", {}, async () => ++late));
    answer.once("close", () => setImmediate(after));
    answer.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  ending.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const routeOf = (_: string, target: string) => (target === "/ok" ? "/ok" : "/[tenant]/[x]");
  ending.push(traceRequests(tracer, routeOf, ["/ok"]));
  const traceparent = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;
  const ask = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { traceparent } })).text();
  for (const path of ["/acme/secret?q=hunter2", "/acme/broken", "/ok", "/acme/many"])
    await ask(path);
  await expect.poll(() => late, { timeout: 60_000 }).toBe(4);
  await stop();

  expect(received.problems).toEqual([]);
  // Beside those that the receiver, in this process too, has been sent.
  const requests = received.spans.filter(({ name }) => name.startsWith("GET "));
  expect(requests.map(({ name, status }) => [name, status?.code])).toEqual([
    ["GET /[tenant]/[x]", undefined],
    ["GET /[tenant]/[x]", 2],
    ["GET /[tenant]/[x]", undefined],
  ]);
  expect(requests[0]).toMatchObject({
    ...{ traceId: "c".repeat(32), parentSpanId: "d".repeat(16) },
    attributes: {
      "http.request.method": "GET",
      "http.route": "/[tenant]/[x]",
      "http.response.status_code": 200,
      "ingot.request.id": "req-1",
    },
  });
  const parts = received.spans.filter(({ name }) => name === "as fleet.read");
  expect(parts.filter(({ parentSpanId }) => parentSpanId === requests[0]?.spanId)).toHaveLength(1);
  expect(parts.filter(({ parentSpanId }) => parentSpanId === requests[2]?.spanId)).toHaveLength(
    500,
  );
  expect(received.spans.filter(({ name }) => name === "too late")).toEqual([]);
  expect(JSON.stringify(received.spans)).not.toMatch(/acme|hunter2/);
});

test.for([
  [undefined, null],
  ["", null],
  [`00-${"0".repeat(32)}-${"1".repeat(16)}-01`, null],
  [`00-${"1".repeat(32)}-${"0".repeat(16)}-01`, null],
  [`01-${"1".repeat(32)}-${"1".repeat(16)}-01`, null],
  [`00-${"A".repeat(32)}-${"1".repeat(16)}-01`, null],
  [`00-${"1".repeat(32)}-${"2".repeat(16)}-00`, "2".repeat(16)],
] as const)("the caller that %s names is %s", ([header, spanId]) => {
  expect(parentOf(header)?.spanId ?? null).toBe(spanId);
});

test("a receiver that hangs is not waited for, and no more is held than there is room for", async () => {
  const receiver = await startOtlpReceiver(() => {});
  ending.push(receiver.close);
  const exporter = createSpanExporter({ ...settings(receiver.url), resource: {}, log });
  for (let n = 0; n < 5_000; n++) exporter.add(span);
  expect(exporter.counts()).toMatchObject({ sent: 0, dropped: { queue_full: 5_000 - 2_048 } });
  await exporter.stop();
  expect(exporter.counts()).toEqual({
    sent: 0,
    dropped: { queue_full: 5_000 - 2_048, refused: 0, unanswered: 2_048 },
  });
});

test.for([
  ["is not there", null, { sent: 0, unanswered: 3 }],
  ["refuses", 400, { sent: 0, refused: 3 }],
  ["redirects", 302, { sent: 0, refused: 3 }],
  ["is busy", 503, { sent: 0, unanswered: 3 }],
] as const)("what a receiver that %s does not take is counted", async ([, status, counted]) => {
  const receiver = await startOtlpReceiver((_, response) => {
    response.writeHead(status ?? 200, { location: "http://127.0.0.1:1/" }).end("<html>");
  });
  ending.push(receiver.close);
  const url = status === null ? `http://127.0.0.1:${await freePort()}` : receiver.url;
  const exporter = createSpanExporter({ ...settings(url), resource: {}, log });
  for (let n = 0; n < 3; n++) exporter.add(span);
  await exporter.stop();
  const { sent, dropped } = exporter.counts();
  expect({ sent, ...dropped }).toEqual({ queue_full: 0, refused: 0, unanswered: 0, ...counted });
});

test("a receiver that is busy is asked again; what it takes only in part is counted in part", async () => {
  let asked = 0;
  const receiver = await startOtlpReceiver((_, response) => {
    asked++;
    if (asked === 1) return void response.writeHead(503, { "retry-after": "0.05" }).end();
    response.end(JSON.stringify({ partialSuccess: { rejectedSpans: "12", errorMessage: "old" } }));
  });
  ending.push(receiver.close);
  const exporter = createSpanExporter({ ...settings(receiver.url), resource: {}, log });
  // As many as make a batch: it is sent without waiting.
  for (let n = 0; n < 512; n++) exporter.add(span);
  await expect.poll(() => exporter.counts().sent, { timeout: 60_000 }).toBe(500);
  expect(exporter.counts().dropped).toEqual({ queue_full: 0, refused: 12, unanswered: 0 });
  expect(asked).toBe(2);
  await exporter.stop();

  const registry = new Registry();
  observeSpans(registry, exporter.counts);
  const text = await registry.metrics();
  expect(text).toContain("ingot_spans_sent_total 500");
  expect(text).toContain('ingot_spans_dropped_total{reason="refused"} 12');
  expect(text).toContain('ingot_spans_dropped_total{reason="queue_full"} 0');
  expect(promtool({ metrics: text })).toBe("");
});
