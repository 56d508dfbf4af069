import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type Id, newId } from "#lib/domain/id";
import { hostFields } from "#lib/drivers/node-exporter/fields";
import { prometheusHosts } from "#lib/drivers/prometheus/open-host-history";
import { endsQuery } from "#lib/drivers/prometheus/queries";
import type { HistoryAsked } from "#lib/ports/history";

const ending: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

type Said = { metric: Record<string, string>; values: [atMs: number, value: number][] };

/** An engine that remembers what it was asked, and answers ranges of looks with what is said. */
async function givenEngine(
  ends: 1 | 2,
  said: (toMs: { from: number; to: number; step: number }, query: string) => Said[] = () => [],
) {
  const asked: URLSearchParams[] = [];
  const server = createServer(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const params = new URLSearchParams(body);
    const reply = (resultType: string, result: unknown) =>
      answer.end(JSON.stringify({ status: "success", data: { resultType, result } }));
    const query = params.get("query") ?? "";
    if (query === endsQuery) return reply("vector", [{ metric: {}, value: [0, String(ends)] }]);
    asked.push(params);
    if (!params.has("start")) return reply("vector", []);
    const ms = (name: string) => Math.round(Number(params.get(name)) * 1_000);
    const step = Number.parseInt(params.get("step") ?? "", 10);
    reply(
      "matrix",
      said({ from: ms("start"), to: ms("end"), step }, query).map(({ metric, values }) => ({
        metric,
        values: values.map(([atMs, value]) => [atMs / 1_000, String(value)]),
      })),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, hosts: prometheusHosts({ url, fields: hostFields }) };
}

const nowMs = 1_000_000_000;
const grid = { fromMs: nowMs - 150_000, stepMs: 15_000, count: 10 };
const nodeId = newId("node");
const asking = (more: Partial<HistoryAsked> = {}): HistoryAsked => ({
  ...{ environmentId: newId("environment"), nodeId, grid, nowMs },
  held: [{ fromMs: 0, untilMs: null }],
  ...more,
});

test("no text but the id of a node ever comes into a query about a host", async () => {
  const { asked, hosts } = await givenEngine(2);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${nodeId}${text || '"'}`),
        fc.constantFrom('nod_"} or {ingot_node=~".+', ".*", `${nodeId}\n`),
      ),
      async (text) => {
        await expect(hosts.read(asking({ nodeId: text as Id<"node"> }))).rejects.toThrow(
          "not the id of a node",
        );
      },
    ),
    { numRuns: 200 },
  );
  expect(asked).toEqual([]);
});

test.for([1, 2] as const)(
  "whatever is held and asked, no moment outside is read of a host (%i ends)",
  async (rangeEnds) => {
    const { asked, hosts } = await givenEngine(rangeEnds);
    const moment = fc.integer({ min: grid.fromMs - 40_000, max: nowMs + 10_000 });
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.boolean(), async (a, b, open) => {
        const [fromMs = 0, untilMs = 0] = [a, b].sort((x, y) => x - y);
        asked.length = 0;
        await hosts.read(asking({ held: [{ fromMs, untilMs: open ? null : untilMs }] }));
        for (const params of asked) {
          const query = params.get("query") ?? "";
          // Every name of series is followed by the one node's id.
          const selectors = query.match(/node_\w+\{/g) ?? [];
          expect(selectors.length).toBeGreaterThan(0);
          expect(query.split(`{ingot_node="${nodeId}"`).length - 1).toBe(selectors.length);
          const last = Math.round(Number(params.get("end") ?? params.get("time")) * 1_000);
          expect(last).toBeLessThan(open ? Infinity : untilMs);
          const ranges = (query.match(/\[\d+ms\]/g) ?? []).map((text) =>
            Number.parseInt(text.slice(1), 10),
          );
          const first = Math.round(Number(params.get("start") ?? params.get("time")) * 1_000);
          for (const rangeMs of ranges) {
            expect(first - rangeMs + (rangeEnds === 1 ? 1 : 0)).toBeGreaterThanOrEqual(fromMs);
          }
          // What has no range of its own tells a moment, of which one outside is dropped.
          const withoutRange = query.match(/node_\w+\{[^}]*\}(?!\[)/g) ?? [];
          expect(withoutRange.length).toBe((query.match(/timestamp\(/g) ?? []).length);
        }
      }),
      { numRuns: 60 },
    );
  },
);

type Line = { field: string; labels?: Record<string, string>; value: number };

/** What a host says at each look, a second before its moment. */
function looking(at: (look: number) => Line[]) {
  return ({ from, to, step }: { from: number; to: number; step: number }, query: string) => {
    if (!query.includes("ingot_field") || query.includes("min_over_time")) return [];
    const series = new Map<string, Said>();
    for (let endMs = from; endMs <= to; endMs += step) {
      const look = Math.round((endMs + 1 - grid.fromMs) / step);
      for (const { field, labels = {}, value } of at(look)) {
        const metric = { ingot_field: field, ...labels };
        const key = JSON.stringify(metric);
        const one: Said = series.get(key) ?? { metric, values: [] };
        series.set(key, one);
        one.values.push([endMs, value]);
      }
    }
    return [...series.values()].filter(() => /sum by \(mode\)/.test(query));
  };
}

const secondOf = (look: number) => (grid.fromMs + look * 5_000) / 1_000 - 1;

test("counters become rates between looks; a bond, a boot and a look of before are left out", async () => {
  const { hosts } = await givenEngine(
    2,
    looking((look): Line[] => {
      // Booted after the ninth look; what was said at the twentieth is old.
      const up = look > 9 ? (look - 9) * 5 : 1_000 + look * 5;
      return [
        { field: "at", value: secondOf(look === 20 ? 10 : look) },
        { field: "node_boot_time_seconds", value: secondOf(look) - up },
        { field: "processors", value: 4 },
        { field: "node_cpu_seconds_total", labels: { mode: "idle" }, value: up * 3 },
        { field: "node_cpu_seconds_total", labels: { mode: "user" }, value: up },
        { field: "node_bonding_slaves", labels: { master: "uplink" }, value: 2 },
        ...["eth0", "eth1", "uplink"].map((device) => ({
          ...{ field: "node_network_receive_bytes_total", labels: { device } },
          value: up * 1e6,
        })),
        { field: "node_disk_read_bytes_total", labels: { device: "sda" }, value: up * 3e6 },
        { field: "node_disk_read_bytes_total", labels: { device: "sda1" }, value: up * 3e6 },
      ];
    }),
  );
  const { metrics } = await hosts.read(asking());
  expect(metrics.cpu_busy?.avg).toEqual(Array(10).fill(25));
  expect(metrics.net_rx).toEqual({
    ...{ min: Array(10).fill(2), avg: Array(10).fill(2), max: Array(10).fill(2) },
  });
  expect(metrics.disk_read?.max).toEqual(Array(10).fill(3));
  expect(Object.keys(metrics)).toEqual(["cpu_busy", "net_rx", "disk_read"]);
});

test("no rate reaches from one stretch in which a node was held to the next", async () => {
  const { hosts } = await givenEngine(
    2,
    looking((look): Line[] => [
      { field: "at", value: secondOf(look) },
      // Another tenant's ten looks moved a thousand times as much.
      {
        field: "node_network_receive_bytes_total",
        labels: { device: "eth0" },
        value: look <= 10 ? look * 5e6 : look <= 20 ? look * 5e9 : 1e11 + look * 5e6,
      },
    ]),
  );
  const at = (bucket: number) => grid.fromMs + bucket * grid.stepMs;
  const { metrics } = await hosts.read(
    asking({
      held: [
        { fromMs: at(0), untilMs: at(3) },
        { fromMs: at(7), untilMs: null },
      ],
    }),
  );
  const one = (value: number | null, count: number) => Array(count).fill(value);
  expect(metrics.net_rx?.max).toEqual([...one(1, 3), ...one(null, 4), ...one(1, 3)]);
});
