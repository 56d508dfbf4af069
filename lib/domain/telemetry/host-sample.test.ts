import { describe, expect, test } from "vitest";
import { hostRates } from "#lib/domain/telemetry/host-metric";
import { type HostReading, hostSample, isSilent } from "#lib/domain/telemetry/host-sample";

const nothing: HostReading = {
  ...{ bootSeconds: null, load1: null, memTotalBytes: null, memAvailableBytes: null, cpu: null },
  bytes: Object.fromEntries(
    hostRates.map((rate) => [rate, new Map() as ReadonlyMap<string, number>]),
  ) as HostReading["bytes"],
};
const cpu = (idleSeconds: number, allSeconds: number, processors = 2) => ({
  ...{ idleSeconds, allSeconds, processors },
});
const received = (devices: Record<string, number>): HostReading["bytes"] => ({
  ...nothing.bytes,
  net_rx: new Map(Object.entries(devices)),
});

/** What is made of a second look ten seconds after the first. */
const looked = (first: Partial<HostReading>, second: Partial<HostReading>, elapsedMs = 10_000) =>
  hostSample(
    { reading: { ...nothing, ...first }, atMs: 1_000 },
    { reading: { ...nothing, ...second }, atMs: 1_000 + elapsedMs },
    60_000,
  );

test("the first look tells levels, and no rate", () => {
  const reading = {
    ...{ ...nothing, load1: 3.456, cpu: cpu(1, 2), bytes: received({ eth0: 5 }) },
    ...{ memTotalBytes: 8 * 2 ** 30, memAvailableBytes: 2 * 2 ** 30 },
  };
  expect(hostSample(null, { reading, atMs: 0 }, 60_000)).toEqual({
    ...{ cpu_busy: null, load1: 3.46, mem_used: 6_144, mem_total: 8_192, net_rx: null },
    ...{ net_tx: null, disk_read: null, disk_write: null, ib_rx: null, ib_tx: null },
  });
});

describe("between two looks", () => {
  test("processors were busy while they were not idle, whatever the clocks say", () => {
    expect(looked({ cpu: cpu(100, 200) }, { cpu: cpu(105, 220) }).cpu_busy).toBe(75);
    expect(looked({ cpu: cpu(100, 200) }, { cpu: cpu(100, 220) }).cpu_busy).toBe(100);
  });

  test.for([
    ["nothing has passed", cpu(100, 200), cpu(100, 200)],
    ["idle time went back", cpu(100, 200), cpu(99, 220)],
    ["more idle than there was time", cpu(100, 200), cpu(130, 220)],
    ["all of it went back", cpu(100, 200), cpu(1, 2)],
    ["a processor was switched on", cpu(100, 200), cpu(150, 300, 3)],
    ["one look did not tell", null, cpu(1, 2)],
  ] as const)("busy is unknown where %s", ([, first, second]) => {
    expect(looked({ cpu: first }, { cpu: second }).cpu_busy).toBeNull();
  });

  test("devices are summed, and one that came or went is not counted", () => {
    const first = received({ eth0: 1e6, eth1: 5e6, gone: 9e9 });
    const second = received({ eth0: 21e6, eth1: 15e6, come: 9e9 });
    expect(looked({ bytes: first }, { bytes: second }).net_rx).toBe(3);
    expect(looked({ bytes: received({ a: 1 }) }, { bytes: received({ b: 9 }) }).net_rx).toBeNull();
  });

  test("a counter that went back makes the whole unknown, and never negative", () => {
    const first = received({ eth0: 1e6, eth1: 5e6 });
    expect(looked({ bytes: first }, { bytes: received({ eth0: 9e6, eth1: 0 }) }).net_rx).toBeNull();
  });

  test("after a boot nothing is told as a rate, also where counters are higher than before", () => {
    const booted = { bytes: received({ eth0: 9e9 }), cpu: cpu(900, 2_000) };
    const told = looked(
      { bytes: received({ eth0: 1e6 }), cpu: cpu(100, 200), bootSeconds: 1_000 },
      { ...booted, bootSeconds: 1_500 },
    );
    expect([told.net_rx, told.cpu_busy]).toEqual([null, null]);
    // The clock of a host may be put right by a second.
    const same = looked(
      { bytes: received({ eth0: 1e6 }), bootSeconds: 1_000 },
      { ...booted, bootSeconds: 1_001 },
    );
    expect(same.net_rx).not.toBeNull();
  });

  test.for([0, -5_000, 60_001])("a rate over %d ms is none", (elapsedMs) => {
    const bytes = [received({ eth0: 1e6 }), received({ eth0: 2e6 })] as const;
    expect(looked({ bytes: bytes[0] }, { bytes: bytes[1] }, elapsedMs).net_rx).toBeNull();
  });

  test("what no host can reach is absent", () => {
    const bytes = [received({ eth0: 0 }), received({ eth0: 1e18 })] as const;
    expect(looked({ bytes: bytes[0] }, { bytes: bytes[1] }).net_rx).toBeNull();
    expect(looked({}, { load1: 1e9 }).load1).toBeNull();
    expect(looked({}, { memTotalBytes: 5, memAvailableBytes: 2 ** 40 }).mem_used).toBeNull();
  });
});

test("a reading of nothing is told from one of something", () => {
  expect(isSilent(nothing)).toBe(true);
  expect(isSilent({ ...nothing, bytes: received({ eth0: 0 }) })).toBe(false);
});
