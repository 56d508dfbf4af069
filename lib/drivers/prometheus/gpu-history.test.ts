import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type Id, newId } from "#lib/domain/id";
import { telemetryMetrics } from "#lib/domain/telemetry/charted";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";
import { endsQuery } from "#lib/drivers/prometheus/queries";
import type { GpusAsked } from "#lib/ports/gpu-history";
import { HistoryError } from "#lib/ports/history";

const ending: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

async function givenEngine(listener: RequestListener, path = "") {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}${path}`;
}

const oneValue = (value: number) =>
  JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: [{ metric: {}, value: [0, String(value)] }] },
  });
const empty = JSON.stringify({ status: "success", data: { resultType: "vector", result: [] } });

/** An engine that has nothing, and remembers what it was asked; its ranges have one end or two. */
async function givenListening(ends: 1 | 2) {
  const asked: URLSearchParams[] = [];
  const url = await givenEngine(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const params = new URLSearchParams(body);
    if (params.get("query") === endsQuery) return void answer.end(oneValue(ends));
    asked.push(params);
    answer.end(empty);
  });
  return { asked, url };
}

const nowMs = 1_000_000_000;
const grid = { fromMs: nowMs - 150_000, stepMs: 15_000, count: 10 };
const nodeId = newId("node");
const asking = (more: Partial<GpusAsked> = {}): GpusAsked => ({
  ...{ environmentId: newId("environment"), nodeId, grid, nowMs },
  ...{ held: [{ fromMs: 0, untilMs: null }], metrics: ["power_w", "gpu_util"] },
  ...more,
});

test("no text but the id of a node ever comes into a query", async () => {
  const { asked, url } = await givenListening(2);
  const history = prometheusHistory({ url, fields: namesOfMetric });
  const hostile = fc.oneof(
    fc.string(),
    fc.string().map((text) => `${nodeId}${text || '"'}`),
    fc.constantFrom(
      'nod_"} or {ingot_node=~".+',
      ".*",
      "",
      `${nodeId}"`,
      `${nodeId}\n`,
      `{${nodeId}}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      await expect(history.read(asking({ nodeId: text as Id<"node"> }))).rejects.toThrow(
        "not the id of a node",
      );
    }),
    { numRuns: 300 },
  );
  expect(asked).toEqual([]);
});

test.for([1, 2] as const)(
  "whatever is held and asked, every query is a template, and no moment outside is read (%i ends)",
  async (rangeEnds) => {
    const { asked, url } = await givenListening(rangeEnds);
    const history = prometheusHistory({ url, fields: namesOfMetric });
    const moment = fc.integer({ min: grid.fromMs - 40_000, max: nowMs + 10_000 });
    const selector = `\\w+\\{ingot_node="${nodeId}",gpu!="",GPU_I_ID!?="",nvlink="",nvswitch=""\\}`;
    const template = (inner: string) =>
      new RegExp(
        `^\\(*(label_replace\\(${inner}, "ingot_field", "\\w+", "", ""\\)\\)*( or \\(*|$))+$`,
      );
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.boolean(), async (a, b, open) => {
        const [fromMs = 0, untilMs = 0] = [a, b].sort((x, y) => x - y);
        const ends = open ? Infinity : untilMs;
        asked.length = 0;
        await history.read(asking({ held: [{ fromMs, untilMs: open ? null : untilMs }] }));
        for (const params of asked) {
          const query = params.get("query") ?? "";
          const newest = /^max\((.*)\)$/.exec(query)?.[1];
          if (newest) {
            expect(newest).toMatch(template(`timestamp\\(${selector}\\)`));
            expect(Number(params.get("time")) * 1_000).toBeLessThan(ends);
            continue;
          }
          expect(query).toMatch(
            template(`(?:min|max|sum|count)_over_time\\(${selector}\\[\\d+ms\\]\\)`),
          );
          const rangeMs = Number(/\[(\d+)ms\]/.exec(query)?.[1]);
          const first = Math.round(Number(params.get("start") ?? params.get("time")) * 1_000);
          const last = Math.round(Number(params.get("end") ?? params.get("time")) * 1_000);
          // The first moment that is taken in.
          expect(first - rangeMs + (rangeEnds === 1 ? 1 : 0)).toBeGreaterThanOrEqual(fromMs);
          expect(last).toBeLessThan(ends);
        }
      }),
      { numRuns: 60 },
    );
  },
);

test("an engine is asked for all charts in queries that VictoriaMetrics takes", async () => {
  const { asked, url } = await givenListening(2);
  const metrics = telemetryMetrics;
  await prometheusHistory({ url, fields: namesOfMetric }).read(asking({ metrics }));
  const queries = asked.map((params) => params.get("query") ?? "");
  expect(Math.max(...queries.map((query) => query.length))).toBeLessThan(16_384);
  const functions = ["min", "max", "sum", "count"];
  for (const name of metrics.flatMap((metric) => namesOfMetric[metric])) {
    const those = queries.filter((query) => query.includes(`"ingot_field", "${name.name}"`));
    // In one query for whole GPUs, and in another, it may be, for what they are split into.
    const found = those.map((query) => /(\w+)_over_time/.exec(query)?.[1] ?? "newest");
    expect(new Set(found)).toEqual(new Set([...functions, "newest"]));
  }
});

test("names of both generations become our metrics, and what no GPU can have is unknown", async () => {
  const point = { min: "300", max: "320", sum: "1550", count: "5" };
  const ratio = { min: "0.4", max: "0.6", sum: "2.5", count: "5" };
  const blank = { min: "100", max: "9223372036854775807", sum: "9223372036854775807", count: "5" };
  const url = await givenEngine(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const params = new URLSearchParams(body);
    const compute = /(min|max|sum|count)_over_time/.exec(params.get("query") ?? "")?.[1] as
      | keyof typeof point
      | undefined;
    if (!params.has("start") || !compute) return void answer.end(empty);
    const at = Number(params.get("start")) + 15;
    const series = (field: string, gpu: string, value: string) => ({
      metric: { ingot_field: field, gpu, UUID: `GPU-${gpu}` },
      values: [[at, value]],
    });
    const result = [
      series("DCGM_FI_DEV_POWER_USAGE", "0", point[compute]),
      series("DCGM_FI_DEV_BOARD_POWER_WATTS", "1", point[compute]),
      series("DCGM_FI_DEV_GPU_UTIL_RATIO", "1", ratio[compute]),
      series("DCGM_FI_DEV_POWER_USAGE", "2", blank[compute]),
      series("DCGM_FI_DEV_POWER_USAGE", "x", point[compute]),
      series("DCGM_FI_DEV_POWER_USAGE", "99", point[compute]),
    ];
    answer.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  const { gpus } = await prometheusHistory({ url, fields: namesOfMetric }).read(asking());
  const second = (gpu: number, metric: "power_w" | "gpu_util") => {
    const series = gpus.find((one) => one.gpu === gpu)?.metrics[metric];
    return series && [series.min[1], series.avg[1], series.max[1]];
  };
  expect(second(0, "power_w")).toEqual([300, 310, 320]);
  expect(second(1, "power_w")).toEqual([300, 310, 320]);
  expect(second(1, "gpu_util")).toEqual([40, 50, 60]);
  expect(gpus.map(({ gpu }) => gpu)).toEqual([0, 1, 2]);
  expect(second(2, "power_w")).toEqual([null, null, null]);
});

test("a part of a GPU is told apart from the GPU and from other parts", async () => {
  const url = await givenEngine(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const params = new URLSearchParams(body);
    const query = params.get("query") ?? "";
    if (!params.has("start") || !/(min|max|sum|count)_over_time/.test(query)) {
      return void answer.end(empty);
    }
    const at = Number(params.get("start")) + 15;
    const series = (labels: Record<string, string>, value: string) => ({
      metric: { ingot_field: "DCGM_FI_DEV_FB_USED", gpu: "0", ...labels },
      values: [[at, query.includes("count_over_time") ? "1" : value]],
    });
    const result = [
      series({}, "100"),
      series({ GPU_I_ID: "1", GPU_I_PROFILE: "3g.40gb" }, "30"),
      series({ GPU_I_ID: "2", GPU_I_PROFILE: "3g.40gb" }, "40"),
      series({ GPU_I_ID: "2", GPU_I_PROFILE: "" }, "50"),
      series({ GPU_I_ID: "99", GPU_I_PROFILE: "3g.40gb" }, "60"),
      series({ GPU_I_PROFILE: "3g.40gb" }, "70"),
    ];
    answer.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  const asked = asking({ metrics: ["fb_used"] });
  const told = await prometheusHistory({ url, fields: namesOfMetric }).read(asked);
  expect(told.gpus.map(({ gpu, metrics }) => [gpu, metrics.fb_used?.max[1]])).toEqual([[0, 100]]);
  expect(
    told.instances.map(({ gpu, instance, profile, metrics }) => [
      ...[gpu, instance, profile, metrics.fb_used?.max[1]],
    ]),
  ).toEqual([
    [0, 1, "3g.40gb", 30],
    [0, 2, "3g.40gb", 40],
  ]);
});

test("of a GPU that is split, what is its board's is told by its parts, with why clocks are held back", async () => {
  const url = await givenEngine(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const params = new URLSearchParams(body);
    const compute = /(min|max|sum|count)_over_time/.exec(params.get("query") ?? "")?.[1];
    if (!params.has("start") || !compute) return void answer.end(empty);
    const at = Number(params.get("start"));
    const series = (
      field: string,
      labels: Record<string, string>,
      values: [bucket: number, least: number, greatest: number][],
    ) => ({
      metric: { ingot_field: field, gpu: "0", ...labels },
      values: values.map(([bucket, min, max]) => [
        at + bucket * 15,
        String({ min, max, sum: min + max, count: 2 }[compute as "min" | "max" | "sum" | "count"]),
      ]),
    });
    const part = (id: number) => ({ GPU_I_ID: String(id), GPU_I_PROFILE: "3g.40gb" });
    const result = [
      series("DCGM_FI_DEV_POWER_USAGE", part(2), [[1, 400, 400]]),
      series("DCGM_FI_DEV_POWER_USAGE", part(1), [
        [0, 1, 1],
        [1, 300, 320],
      ]),
      series("DCGM_FI_DEV_POWER_USAGE", {}, [[0, 600, 600]]),
      series("DCGM_FI_DEV_GPU_UTIL", part(1), [[1, 90, 90]]),
      series("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", part(1), [[1, 1, 0x40]]),
    ];
    answer.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  const told = await prometheusHistory({ url, fields: namesOfMetric }).read(asking());
  expect(told.gpus.map(({ gpu, metrics }) => [gpu, Object.keys(metrics)])).toEqual([
    [0, ["power_w"]],
  ]);
  expect(told.gpus[0]?.metrics.power_w?.avg.slice(0, 3)).toEqual([600, 310, null]);
  expect(told.reasons.get(0)?.slice(0, 3)).toEqual([null, 0x41, null]);
});

test.for<[string, RequestListener, string]>([
  ["is broken", (_, answer) => answer.writeHead(500).end("secret"), "It answered with status 500."],
  [
    "sends elsewhere",
    (_, answer) => answer.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    "It cannot be reached.",
  ],
  ["talks nonsense", (_, answer) => answer.end("<html>"), "Its answer is not understood."],
  [
    "answers an error",
    (_, answer) => answer.end('{"status":"error"}'),
    "Its answer is not understood.",
  ],
  ["says nothing", () => {}, "It has not answered within 0.3 seconds."],
  [
    "drips",
    (_, answer) => void setInterval(() => answer.write(" "), 20).unref(),
    "It has not answered within 0.3 seconds.",
  ],
])("an engine that %s is a sentence, and no data", async ([, listener, sentence]) => {
  const url = await givenEngine(listener);
  const history = prometheusHistory({ url, fields: namesOfMetric, deadlineMs: 300 });
  await expect(history.read(asking())).rejects.toThrow(new HistoryError(sentence));
});

test("a path before the API and a name with its password are sent as they should be", async () => {
  let seen: [string | undefined, string | undefined] = ["", ""];
  let organization: unknown;
  const url = await givenEngine((request, answer) => {
    seen = [request.url, request.headers.authorization];
    organization = request.headers["x-scope-orgid"];
    answer.end(empty);
  }, "/prometheus/");
  const withName = url.replace("http://", "http://ingot:p%40ss@");
  await prometheusHistory({ url: withName, fields: namesOfMetric }).read(asking({ held: [] }));
  await prometheusHistory({ url: withName, fields: namesOfMetric }).read(asking());
  expect(seen[0]).toMatch(/^\/prometheus\/api\/v1\/query(_range)?$/);
  expect(seen[1]).toBe(`Basic ${Buffer.from("ingot:p@ss").toString("base64")}`);
  expect(organization).toBeUndefined();
  const headers = { "X-Scope-OrgID": "gpus", Authorization: "Bearer token" };
  await prometheusHistory({ url, headers, fields: namesOfMetric }).read(asking());
  expect([seen[1], organization]).toEqual(["Bearer token", "gpus"]);
});
