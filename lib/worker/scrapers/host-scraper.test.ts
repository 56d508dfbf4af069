import { expect, test, vi } from "vitest";
import type { Log } from "#lib/config/log";
import { newId } from "#lib/domain/id";
import { hostRates } from "#lib/domain/telemetry/host-metric";
import type { HostReading } from "#lib/domain/telemetry/host-sample";
import type { Outage } from "#lib/worker/scrapers/exporter-scraper";
import { type HostScraped, hostScraper } from "#lib/worker/scrapers/host-scraper";

const patience = { timeout: 60_000, interval: 20 };
const quiet = { info() {}, warn() {}, error() {} } as unknown as Log;

function reading(second: number, loaded = true): HostReading {
  const bytes = Object.fromEntries(
    hostRates.map((rate) => [rate, new Map() as ReadonlyMap<string, number>]),
  );
  if (loaded) bytes.net_rx = new Map([["eth0", second * 2e6]]);
  return {
    ...{ bootSeconds: 1_000, memTotalBytes: null, memAvailableBytes: null },
    ...{ load1: loaded ? 1 : null, bytes: bytes as HostReading["bytes"] },
    cpu: loaded ? { processors: 1, idleSeconds: second / 4, allSeconds: second } : null,
  };
}

test("rates are between a host's own scrapes, and a silent exporter is an outage in words", async () => {
  const [lively, silent] = ["10.0.0.1", "10.0.0.2"].map((address) => ({
    ...{ nodeId: newId("node"), address, port: 9_100 },
  }));
  if (!lively || !silent) throw new Error("no target");
  const stored: HostScraped[] = [];
  const outages: Outage[] = [];
  let nowMs = 0;
  let second = 0;
  const scraper = hostScraper({
    targets: async () => [lively, silent],
    scrape: async ({ nodeId }) => {
      if (nodeId === silent.nodeId) return reading(0, false);
      second += 10;
      nowMs = second * 1_000;
      return reading(second);
    },
    store: {
      samples: async (scrapes) => void stored.push(...scrapes),
      outages: async (changed) => void outages.push(...changed),
    },
    ...{ intervalMs: 200, flushMs: 50, refreshMs: 100, log: quiet, now: () => nowMs },
  });
  await vi.waitFor(() => expect([stored.length > 2, outages.length]).toEqual([true, 2]), patience);
  await scraper.stop();
  expect(stored[0]?.sample).toMatchObject({ load1: 1, cpu_busy: null, net_rx: null });
  expect(stored[1]?.sample).toMatchObject({ load1: 1, cpu_busy: 75, net_rx: 2 });
  expect(stored.every(({ nodeId }) => nodeId === lively.nodeId)).toBe(true);
  expect(outages.find(({ nodeId }) => nodeId === silent.nodeId)?.outage?.reason).toBe(
    "The exporter answers and says nothing of the host.",
  );
});
