import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type Id, newId } from "#lib/domain/id";
import type { HeldStretch } from "#lib/domain/telemetry/held-buckets";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { prometheusMeans } from "#lib/drivers/prometheus/open-gpu-means";
import { endsQuery } from "#lib/drivers/prometheus/queries";
import type { MeansAsked } from "#lib/ports/gpu-means";
import { HistoryError } from "#lib/ports/history";

const ending: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

type Sample = { node: string; gpu: number; field: string; atMs: number; value: number };
type Asked = { query: string; firstMs: number; lastMs: number; stepMs: number };

/** What `totalsQuery` is made of, each with one name of series, the nodes and the width. */
const part =
  /label_replace\((sum|max) by \(ingot_node\) \((?:(sum|count)_over_time\((\w+\{[^}]*\}\[\d+ms\])\) and )?max_over_time\((\w+)\{ingot_node=~?"([\w|]+)",gpu!="",GPU_I_ID="",nvlink="",nvswitch=""\}\[(\d+)ms\]\) <= 100\), "ingot_field", "(sum|count|max) (\w+)", "", ""\)/g;

/** Answers `totalsQuery` as an engine does, of samples that it has; ranges have one end or two. */
async function givenEngine(samples: readonly Sample[], ends: 1 | 2 = 1) {
  const asked: Asked[] = [];
  let [open, most] = [0, 0];
  const server = createServer(async (request, answer) => {
    most = Math.max(most, ++open);
    let body = "";
    for await (const text of request) body += text;
    const params = new URLSearchParams(body);
    const query = params.get("query") ?? "";
    const msOf = (name: string) => Math.round(Number(params.get(name)) * 1_000);
    const [firstMs, lastMs, stepMs] = params.has("start")
      ? [msOf("start"), msOf("end"), Number.parseInt(params.get("step") ?? "", 10)]
      : [msOf("time"), msOf("time"), 1];
    const series: object[] = [];
    if (query === endsQuery) series.push({ metric: {}, values: [[0, String(ends)]] });
    else {
      asked.push({ query, firstMs, lastMs, stepMs });
      for (const [, , , , name, nodes = "", width, total, field] of query.matchAll(part)) {
        for (const node of nodes.split("|")) {
          const values: [number, string][] = [];
          for (let at = firstMs; at <= lastMs; at += stepMs) {
            const from = at - Number(width);
            const inside = samples.filter(
              (one) =>
                one.node === node &&
                one.field === name &&
                one.atMs <= at &&
                (ends === 1 ? one.atMs > from : one.atMs >= from),
            );
            const credible = [...Map.groupBy(inside, ({ gpu }) => gpu).values()].filter((of) =>
              of.every(({ value }) => value <= 100),
            );
            const said = credible.flat().map(({ value }) => value);
            const sum = said.reduce((all, one) => all + one, 0);
            const value = { sum, count: said.length, max: Math.max(...said) }[total as "sum"];
            if (said.length > 0) values.push([at / 1_000, String(value)]);
          }
          const metric = { ingot_node: node, ingot_field: `${total} ${field}` };
          if (values.length > 0) series.push({ metric, values });
        }
      }
    }
    const isRange = params.has("start");
    const result = series.map((one) =>
      isRange ? one : { ...one, value: (one as { values: unknown[] }).values[0] },
    );
    open--;
    const resultType = isRange ? "matrix" : "vector";
    answer.end(JSON.stringify({ status: "success", data: { resultType, result } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const means = prometheusMeans({ url, fields: namesOfMetric.gpu_util });
  return { asked, means, most: () => most };
}

const [minute, stepMs] = [60_000, 600_000];
const grid = { fromMs: 1_000_000_000_000, stepMs, count: 6 };
const nowMs = grid.fromMs + 6 * stepMs - 1;
const at = (bucket: number, ms = 0) => grid.fromMs + bucket * stepMs + ms;
const [classic, ratio] = ["DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_GPU_UTIL_RATIO"];
const always = [{ fromMs: 0, untilMs: null }];

test("no text but ids of nodes ever comes into a query about many", async () => {
  const { asked, means } = await givenEngine([]);
  const good = newId("node");
  for (const text of ['nod_"} or {ingot_node=~".+', ".*", "", `${good}|.+`, `${good}\n`]) {
    const nodes = [good, text as Id<"node">].map((nodeId) => ({ nodeId, held: always }));
    await expect(means.read({ nodes, grid, nowMs })).rejects.toThrow("not the id of a node");
  }
  expect(asked).toEqual([]);
});

test("however many nodes are held and whenever, of none a moment is read in which it was not", async () => {
  // An engine's ranges leave their beginning out, or take in both of their ends.
  for (const ends of [1, 2] as const) {
    const { asked, means } = await givenEngine([], ends);
    const moment = fc.integer({ min: grid.fromMs - stepMs, max: nowMs + stepMs });
    const held = fc
      .tuple(moment, moment, fc.boolean())
      .map(([a, b, open]): HeldStretch[] => [
        { fromMs: Math.min(a, b), untilMs: open ? null : Math.max(a, b) },
      ]);
    // Some share their edges, as those of one launch do.
    const several = fc.array(fc.oneof(held, fc.constant(always)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(several, async (stretches) => {
        const nodes = stretches.map((held) => ({ nodeId: newId("node"), held }));
        asked.length = 0;
        await means.read({ nodes, grid, nowMs });
        for (const { query, firstMs, lastMs } of asked) {
          const rest = query.replaceAll(part, "").replace(/[() ]|or/g, "");
          expect(rest).toBe("");
          expect(query.match(/\{/g)?.length).toBe(query.match(/\{ingot_node=/g)?.length);
          const width = Number(/\[(\d+)ms\]/.exec(query)?.[1]);
          expect(new Set(query.match(/\[\d+ms\]/g)).size).toBe(1);
          const named = new Set(query.match(/nod_\w+/g));
          expect(named.size).toBeGreaterThan(0);
          for (const id of named) {
            const [stretch] = nodes.find(({ nodeId }) => nodeId === id)?.held ?? [];
            if (!stretch) throw new Error("a node was asked for that nobody named");
            const first = firstMs - width + (ends === 1 ? 1 : 0);
            expect(first).toBeGreaterThanOrEqual(stretch.fromMs);
            expect(lastMs).toBeLessThan(stretch.untilMs ?? Infinity);
          }
        }
      }),
      { numRuns: 60 },
    );
  }
});

test("each sample weighs alike, of its node's time alone, in the unit that its node tells it in", async () => {
  const [first, second, third] = [newId("node"), newId("node"), newId("node")];
  const said = (node: string, field: string, atMs: number, values: number[]): Sample[] =>
    values.map((value, gpu) => ({ node, gpu, field, atMs, value }));
  const { means } = await givenEngine([
    ...said(first, classic, at(1, minute), [100, 50]),
    ...said(first, classic, at(1, 2 * minute), [100, 50]),
    ...said(second, ratio, at(1, minute), [0.3]),
    // What the same name says as a percentage, also where it is small; both names of one GPU count once.
    ...said(third, ratio, at(2, minute), [60]),
    ...said(third, ratio, at(3, minute), [1]),
    ...said(first, classic, at(3, minute), [3]),
    ...said(first, ratio, at(3, minute), [0.9]),
    // Before the second was held, when it was given back, and of a GPU that says what none can.
    ...said(second, ratio, at(0, minute), [1]),
    ...said(second, ratio, at(4, 5 * minute), [1]),
    ...said(first, classic, at(4, minute), [20, 9.2e18]),
  ]);
  const asked: MeansAsked = {
    nodes: [
      { nodeId: first, held: always },
      { nodeId: second, held: [{ fromMs: at(0, 2 * minute), untilMs: at(4, 5 * minute) }] },
      { nodeId: third, held: always },
    ],
    grid,
    nowMs,
  };
  const { mean, leftOut } = await means.read(asked);
  expect(mean).toEqual([null, (300 + 30) / 5, 60, 2, 20, null]);
  expect(leftOut).toBe(0);
});

test("hundreds of nodes are asked for a few at a time, those of one launch together", async () => {
  const nodes = Array.from({ length: 300 }, () => ({ nodeId: newId("node"), held: always }));
  const { asked, means, most } = await givenEngine([]);
  expect((await means.read({ nodes, grid, nowMs })).leftOut).toBe(0);
  expect(asked).toHaveLength(12);
  expect(Math.max(...asked.map(({ query }) => query.length))).toBeLessThan(16_384);
  expect(most()).toBeLessThanOrEqual(6);
  // Of very many that began one by one, whole buckets go before those that are cut.
  const oneByOne = nodes.map(({ nodeId }, n) => ({
    nodeId,
    held: [{ fromMs: at(0, n + 1), untilMs: null }],
  }));
  asked.length = 0;
  const { leftOut } = await means.read({ nodes: oneByOne, grid, nowMs });
  expect(asked).toHaveLength(150);
  expect(asked.filter(({ firstMs, lastMs }) => firstMs < lastMs)).toHaveLength(12);
  // Of 300 first buckets those 162 that are cut the most: the nodes that were begun last.
  const cut = oneByOne.map(({ held: [stretch] }) => at(1) - (stretch?.fromMs ?? 0));
  const sum = (all: number[]) => all.reduce((ms, one) => ms + one, 0);
  expect(leftOut).toBeCloseTo(sum(cut.slice(138)) / (sum(cut) + 300 * 5 * stepMs), 12);
});

test("all that is asked for a chart has one end, and nothing is asked after it", async () => {
  let asked = 0;
  const server = createServer((request, answer) => {
    request.resume();
    asked++;
    const result = [{ metric: {}, value: [0, "1"] }];
    const text = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
    // Each by itself is well in time.
    setTimeout(() => answer.end(text), 100);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fields = namesOfMetric.gpu_util;
  const means = prometheusMeans({ url, fields, wholeMs: 500 });
  const nodes = Array.from({ length: 200 }, (_, n) => ({
    nodeId: newId("node"),
    held: [{ fromMs: at(0, n + 1), untilMs: at(0, n + 2) }],
  }));
  await expect(means.read({ nodes, grid, nowMs })).rejects.toThrow(
    new HistoryError("It has not answered all that was asked within 0.5 seconds."),
  );
  const before = asked;
  expect(before).toBeLessThan(150);
  await new Promise((done) => setTimeout(done, 300));
  expect(asked).toBe(before);
});

test("an engine that refuses is a sentence, and nobody is asked once more", async () => {
  let times = 0;
  const server = createServer((_, answer) => {
    times++;
    answer.writeHead(401).end("secret");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const means = prometheusMeans({ url, fields: namesOfMetric.gpu_util });
  const nodes = [{ nodeId: newId("node"), held: always }];
  await expect(means.read({ nodes, grid, nowMs })).rejects.toThrow(
    new HistoryError("It answered with status 401."),
  );
  expect(times).toBe(1);
});
