import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import type { Log } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { emptySwitch } from "#lib/domain/telemetry/nvswitch";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { dcgmExporters } from "#lib/drivers/dcgm/scrape";
import { ExporterError } from "#lib/ports/exporter";
import type { ScrapeGpus } from "#lib/ports/gpu-metrics";
import type { Outage, ScrapeTarget } from "#lib/worker/scrapers/exporter-scraper";
import { type GpuScraperOptions, gpuScraper, type Scraped } from "#lib/worker/scrapers/gpu-scraper";

const patience = { timeout: 60_000, interval: 20 };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function givenScraper(input: {
  targets: ScrapeTarget[];
  scrape: ScrapeGpus;
  intervalMs?: number;
  now?: () => number;
  concurrency?: number;
  storeSamples?: (scrapes: Scraped[], again: boolean) => Promise<void>;
  leads?: () => boolean | null;
}) {
  const stored: Scraped[] = [];
  const outages: Outage[] = [];
  const logged: string[] = [];
  const asked: number[] = [];
  const say = (_: unknown, message: string) => logged.push(message);
  const options: GpuScraperOptions = {
    targets: async () => input.targets,
    scrape: input.scrape,
    store: {
      samples: input.storeSamples ?? (async (scrapes) => void stored.push(...scrapes)),
      outages: async (changed) => void outages.push(...changed),
    },
    intervalMs: input.intervalMs ?? 200,
    flushMs: 50,
    refreshMs: 100,
    log: { info: say, warn: say, error: say } as unknown as Log,
    ...(input.leads && { leads: input.leads }),
    onTargets: (nodeIds) => void asked.push(nodeIds.size),
    ...(input.now && { now: input.now }),
    ...(input.concurrency && { concurrency: input.concurrency }),
  };
  const scraper = gpuScraper(options);
  closing.push(() => scraper.stop());
  return { scraper, stored, outages, logged, asked };
}

const target = (port = 9400): ScrapeTarget => ({
  nodeId: newId("node"),
  address: "127.0.0.1",
  port,
});
const answer = { gpus: [gpuSample(0, { gpu_util: 97, power_w: 650 })], switches: [] };
const down = () =>
  Promise.reject(
    new ExporterError("unreachable", "Nothing listens on port 9400.", { retryable: true }),
  );

test("what a node says is stored with the moment it was said", async () => {
  const node = target();
  const { stored } = givenScraper({
    targets: [node],
    scrape: async () => answer,
    now: () => Date.UTC(2025, 10, 24),
  });
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(2), patience);
  expect(stored[0]).toEqual({
    nodeId: node.nodeId,
    at: new Date("2025-11-24T00:00:00.000Z"),
    samples: answer.gpus,
    switches: [],
  });
});

test("what a switch counts is told as the rate between two answers", async () => {
  let sentMibit = 0;
  const { stored } = givenScraper({
    targets: [target()],
    scrape: async () => {
      sentMibit += 10_000;
      return { ...answer, switches: [{ ...emptySwitch(2), sentMibit }] };
    },
  });
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(1), patience);
  const [first, second] = stored.map(({ switches }) => switches[0]?.tx);
  expect(first).toBeNull();
  expect(second).toBeGreaterThan(0);
});

test("a node slower than the interval is never asked twice at once", async () => {
  let running = 0;
  let most = 0;
  let asked = 0;
  givenScraper({
    targets: [target()],
    scrape: async () => {
      asked += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 450));
      running -= 1;
      return answer;
    },
  });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(3), patience);
  expect(most).toBe(1);
});

test("an outage is reported once with its reason and its beginning, and once when it ends", async () => {
  const node = target();
  let nowMs = 1_000;
  let scrape: ScrapeGpus = down;
  let asked = 0;
  const { outages } = givenScraper({
    targets: [node],
    scrape: (...input) => {
      asked += 1;
      return scrape(...input);
    },
    now: () => nowMs,
  });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(2), patience);
  nowMs = 2_000;
  scrape = async () => answer;
  await vi.waitFor(() => expect(outages).toHaveLength(2), patience);
  const { nodeId } = node;
  expect(outages).toEqual([
    { nodeId, outage: { reason: "Nothing listens on port 9400.", since: new Date(1_000) } },
    { nodeId, outage: null },
  ]);
});

test("an answer without any GPU is unknown, not idle", async () => {
  const { outages, stored } = givenScraper({
    targets: [target()],
    scrape: async () => ({ gpus: [], switches: [] }),
  });
  await vi.waitFor(() => expect(outages).toHaveLength(1), patience);
  expect(outages[0]?.outage?.reason).toBe("The exporter answers and names no GPU.");
  expect(stored).toEqual([]);
});

test("an exporter that repeats old values is found out by its energy counter", async () => {
  let nowMs = 0;
  const frozen = [gpuSample(0, { energy_j: 330_702_772, gpu_util: 100 })];
  const { outages, stored } = givenScraper({
    targets: [target()],
    scrape: async () => ({ gpus: frozen, switches: [] }),
    now: () => nowMs,
  });
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(0), patience);
  nowMs = 300_000;
  await vi.waitFor(() => expect(outages).toHaveLength(2), patience);
  expect(outages[1]?.outage?.reason).toMatch(/repeats old values/);
  const before = stored.length;
  expect(stored.every(({ at }) => at.getTime() < 300_000)).toBe(true);
  frozen[0] = gpuSample(0, { energy_j: 330_702_999, gpu_util: 100 });
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(before), patience);
});

test("a node that is no longer a target is not asked, and nothing is wrong with it any more", async () => {
  const node = target();
  const targets = [node];
  let asked = 0;
  const { outages } = givenScraper({
    targets,
    scrape: () => {
      asked += 1;
      return down();
    },
  });
  await vi.waitFor(() => expect(outages).toHaveLength(1), patience);
  targets.pop();
  await vi.waitFor(() => expect(outages).toHaveLength(2), patience);
  expect(outages[1]).toEqual({ nodeId: node.nodeId, outage: null });
  const before = asked;
  targets.push(target());
  await vi.waitFor(() => expect(outages).toHaveLength(3), patience);
  expect(outages[2]?.nodeId).not.toBe(node.nodeId);
  expect(asked).toBeGreaterThan(before);
});

test("while the database is away samples are held, and stored in order when it is back", async () => {
  const stored: Scraped[] = [];
  let away = true;
  let refused = 0;
  let nowMs = 0;
  givenScraper({
    targets: [target()],
    scrape: async () => answer,
    now: () => ++nowMs,
    storeSamples: async (scrapes) => {
      if (away) {
        refused += 1;
        throw new Error("no database");
      }
      stored.push(...scrapes);
    },
  });
  await vi.waitFor(() => expect(refused).toBeGreaterThan(1), patience);
  away = false;
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(2), patience);
  const times = stored.map(({ at }) => at.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBe(1);
});

test("while it is not known who leads, all is asked on and held, and stored by who leads then", async () => {
  let leads: boolean | null = true;
  let nowMs = 0;
  const [lively, dead] = [target(), target()];
  const { stored, outages, asked, logged } = givenScraper({
    targets: [lively, dead],
    scrape: (node) => (node === lively ? Promise.resolve(answer) : down()),
    now: () => ++nowMs,
    leads: () => leads,
  });
  const holding = async () => {
    leads = null;
    const [before, from] = [stored.length, nowMs];
    await vi.waitFor(() => expect(nowMs).toBeGreaterThan(from + 10), patience);
    expect(stored).toHaveLength(before);
    return nowMs;
  };
  await vi.waitFor(() => expect([stored.length > 1, outages.length]).toEqual([true, 2]), patience);
  const readings = asked.length;
  const until = await holding();
  leads = true;
  await vi.waitFor(() => expect(stored.at(-1)?.at.getTime()).toBeGreaterThan(until), patience);
  const times = stored.map(({ at }) => at.getTime());
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  // Each answer took a tick of the clock, and each failure: none is missing.
  expect(stored.filter(({ at }) => at.getTime() <= until).length).toBeGreaterThan(5);
  expect(asked.slice(readings).every((count) => count === 2)).toBe(true);
  expect(outages).toHaveLength(2);

  // Another leads: what is held is its own to tell, and it says what fails.
  await holding();
  leads = false;
  await vi.waitFor(() => expect(asked.at(-1)).toBe(0), patience);
  expect(logged).toContain("telemetry was given up");
  const before = stored.length;
  leads = true;
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(before), patience);
  expect(stored[before]?.at.getTime()).toBeGreaterThan(until + 10);
  expect(outages.map(({ nodeId }) => nodeId)).toEqual(
    expect.arrayContaining([dead.nodeId, lively.nodeId]),
  );
  expect(outages.some(({ nodeId, outage }) => nodeId === dead.nodeId && !outage)).toBe(false);
});

test("what may be stored although storing it failed is given again as such, and nothing else is", async () => {
  const given: [count: number, again: boolean][] = [];
  let away = false;
  givenScraper({
    targets: [target()],
    scrape: async () => answer,
    storeSamples: async (scrapes, again) => {
      given.push([scrapes.length, again]);
      if (away) throw new Error("the connection broke");
    },
  });
  await vi.waitFor(() => expect(given.length).toBeGreaterThan(0), patience);
  away = true;
  await vi.waitFor(() => expect(given.at(-1)?.[1]).toBe(true), patience);
  away = false;
  await vi.waitFor(() => expect(given.at(-1)?.[1]).toBe(false), patience);
  const firstAgain = given.findIndex(([, again]) => again);
  const lastAgain = given.findLastIndex(([, again]) => again);
  expect(given.slice(firstAgain, lastAgain + 1).every(([, again]) => again)).toBe(true);
});

test("stopping ends what is under way and stores what is at hand", async () => {
  const stored: Scraped[] = [];
  let hanging = 0;
  let answered = 0;
  const [lively, stuck] = [target(), target()];
  const { scraper } = givenScraper({
    targets: [lively, stuck],
    scrape: (asked, signal) => {
      if (asked !== stuck) {
        answered += 1;
        return Promise.resolve(answer);
      }
      hanging += 1;
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          hanging -= 1;
          reject(signal.reason);
        });
      });
    },
    storeSamples: async (scrapes) => void stored.push(...scrapes),
  });
  await vi.waitFor(() => expect([hanging, answered > 1]).toEqual([1, true]), patience);
  await scraper.stop();
  expect(hanging).toBe(0);
  expect(stored).toHaveLength(answered);
});

test("one that answers after the usual deadline is heard within the long one, and told of as slow", async () => {
  const patiences: (string | undefined)[] = [];
  const { stored, outages } = givenScraper({
    targets: [target()],
    scrape: async (_, __, patience) => {
      patiences.push(patience);
      await new Promise((done) => setTimeout(done, 100));
      return patience === "long" ? answer : down();
    },
  });
  await vi.waitFor(() => expect(stored.length).toBeGreaterThan(2), patience);
  expect(patiences.slice(0, 3)).toEqual(["usual", "long", "long"]);
  expect(outages.map(({ outage }) => outage === null)).toEqual([false, true]);
});

// The exporters of a fleet: most in order, every fifth broken in one of five ways. One that is slow
// answers all the same.
const behaviours = ["good", "good", "good", "good", "bad"] as const;
const brokenWays = ["drip", "garbage", "refuse", "flood", "slow"] as const;

async function givenFleet(size: number) {
  const lines = ["DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_GPU_UTIL"].flatMap(
    (name) => Array.from({ length: 8 }, (_, gpu) => `${name}{gpu="${gpu}"} 61\n`),
  );
  const exposition = lines.join("");
  const flood = Buffer.alloc(2 * 1_048_576, "x");
  const listeners: Record<(typeof brokenWays)[number] | "good", RequestListener> = {
    good: (_, response) => response.end(exposition),
    garbage: (_, response) => response.end("<html>It works!</html>"),
    flood: (_, response) => response.end(flood),
    drip: (_, response) => {
      const drip = setInterval(() => response.write("#\n"), 100);
      response.on("close", () => clearInterval(drip));
    },
    refuse: () => {},
    slow: (_, response) => {
      setTimeout(() => response.end(exposition), 850);
    },
  };
  const servers: Server[] = [];
  const good = new Set<Id<"node">>();
  const slow = new Set<Id<"node">>();
  const targets = await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      const broken = brokenWays[Math.floor(index / 5) % brokenWays.length] ?? "drip";
      const way = behaviours[index % behaviours.length] === "bad" ? broken : "good";
      const server = createServer(listeners[way]);
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      const node = target((server.address() as AddressInfo).port);
      if (way === "good") good.add(node.nodeId);
      if (way === "slow") slow.add(node.nodeId);
      if (way === "refuse") await new Promise((closed) => server.close(closed));
      else servers.push(server);
      return node;
    }),
  );
  closing.push(() =>
    Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise((closed) => server.close(closed));
      }),
    ),
  );
  return { targets, good, slow };
}

test("of 1,000 nodes a fifth is broken, and the others are still asked on time", async () => {
  const intervalMs = 2_000;
  const { targets, good, slow } = await givenFleet(1_000);
  const exporters = dcgmExporters({
    networks: ["127.0.0.0/8"],
    ...{ deadlineMs: 1_000, longDeadlineMs: 1_500 },
  });
  closing.push(async () => exporters.close());
  const asked = new Map<string, number[]>();
  const { scraper, stored, outages } = givenScraper({
    targets,
    intervalMs,
    // 40 nodes that drip hold 20 places at any moment, and 40 that are slow 17: more than there are.
    concurrency: 16,
    scrape: (node, signal, patience) => {
      const times = asked.get(node.nodeId) ?? [];
      asked.set(node.nodeId, [...times, performance.now()]);
      return exporters.scrape(node, signal, patience);
    },
  });

  const rounds = 5;
  await vi.waitFor(
    () => {
      for (const nodeId of good) expect(asked.get(nodeId)?.length ?? 0).toBeGreaterThan(rounds);
      const heard = new Set(stored.map(({ nodeId }) => nodeId));
      expect(slow.difference(heard).size).toBe(0);
    },
    { timeout: 180_000, interval: 100 },
  );
  await scraper.stop();

  // Nobody is known to be broken in the first round, and two more still feel it; then no more.
  const late = [...good].flatMap((nodeId) => {
    const [, , , ...times] = asked.get(nodeId) ?? [];
    return times.slice(1).map((time, index) => Math.abs(time - (times[index] ?? 0) - intervalMs));
  });
  late.sort((a, b) => a - b);
  // On a busy machine everyone is late by the same; behind nodes that hang, late by whole rounds.
  expect(late[Math.floor(late.length * 0.5)]).toBeLessThan(intervalMs / 3);
  expect(late[Math.floor(late.length * 0.99)]).toBeLessThan(intervalMs);
  expect(new Set(stored.map(({ nodeId }) => nodeId))).toEqual(good.union(slow));
  // On a busy machine a slow one may miss a deadline before it has its longer one.
  const broken = new Set(outages.filter(({ outage }) => outage).map(({ nodeId }) => nodeId));
  expect(broken.difference(slow).size).toBe(160);
  expect(broken.isDisjointFrom(good)).toBe(true);
}, 300_000);
