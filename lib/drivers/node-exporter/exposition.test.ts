import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostMetricSpecs, hostMetrics } from "#lib/domain/telemetry/host-metric";
import { hostSample } from "#lib/domain/telemetry/host-sample";
import { maxAnswerBytes, maxAnswerLines } from "#lib/drivers/exporter/exporter-client";
import { isPhysicalInterface, isWholeDisk } from "#lib/drivers/node-exporter/devices";
import { parseHostExposition } from "#lib/drivers/node-exporter/exposition";
import { ExporterError } from "#lib/ports/exporter";

// Answers of Debian 12's prometheus-node-exporter (1.5.0) six seconds apart, of which the families
// that are read and a few beside them were kept.
const sample = (name: string) => readFileSync(join(import.meta.dirname, "samples", name));
const read = (text: string) => parseHostExposition(Buffer.from(text));

test("what Debian's node_exporter says is read", () => {
  const reading = parseHostExposition(sample("debian-12.txt"));
  expect(reading).toMatchObject({
    ...{ bootSeconds: 1_795_850_736, load1: 11.31 },
    ...{ memTotalBytes: 25_276_026_880, memAvailableBytes: 22_567_092_224 },
  });
  expect(reading.cpu?.processors).toBe(2);
  expect(reading.cpu?.idleSeconds).toBeCloseTo(5620.37 + 68.2 + 4900.63 + 243.03);
  const devices = Object.entries(reading.bytes).map(([of, { size }]) => [of, size]);
  expect(Object.fromEntries(devices)).toEqual({
    ...{ net_rx: 1, net_tx: 1, disk_read: 1, disk_write: 1, ib_rx: 0, ib_tx: 0 },
  });
  expect(reading.bytes.net_rx.get("eth0")).toBe(10_532_497_752);
});

test("two of its answers become the rates between them", () => {
  const [first, later] = ["debian-12.txt", "debian-12-later.txt"].map((name) =>
    parseHostExposition(sample(name)),
  );
  if (!first || !later) throw new Error("no sample");
  const told = hostSample({ reading: first, atMs: 0 }, { reading: later, atMs: 6_000 }, 60_000);
  expect(told.cpu_busy).toBeGreaterThan(0);
  expect(told.cpu_busy).toBeLessThanOrEqual(100);
  expect(told).toMatchObject({ mem_total: 24_105, ib_rx: null });
  for (const rate of ["net_rx", "net_tx", "disk_read", "disk_write"] as const) {
    expect(told[rate]).not.toBeNull();
  }
});

test("ports of adapters are read, and bonds by another name are left out for their members", () => {
  const reading =
    read(`# HELP node_bonding_slaves Number of configured slaves per bonding interface.
node_bonding_slaves{master="uplink"} 2
node_network_receive_bytes_total{device="uplink"} 30
node_network_receive_bytes_total{device="eth0"} 10
node_network_receive_bytes_total{device="eth1"} 20
node_network_receive_bytes_total{device="eth1"} 99
node_infiniband_port_data_received_bytes_total{device="mlx5_0",port="1"} 1.7179869184e+10
node_infiniband_port_data_received_bytes_total{device="mlx5_1",port="1"} 7 1700000000000
node_infiniband_port_data_transmitted_bytes_total{device="mlx5_0",port="1"} NaN
`);
  expect([...reading.bytes.net_rx]).toEqual([
    ["eth0", 10],
    ["eth1", 20],
  ]);
  expect([...reading.bytes.ib_rx.values()]).toEqual([17_179_869_184, 7]);
  expect(reading.bytes.ib_tx.size).toBe(0);
});

test("interfaces and disks that others carry already are told from those of the machine", () => {
  const ports = [
    "eth0",
    "eno1",
    "enp65s0f0np0",
    "ens3f1",
    "ib0",
    "wlan0",
    "enx001122334455",
    "lom1",
  ];
  const virtual = [
    "lo",
    "veth1a2b",
    "docker0",
    "cni0",
    "br-1f",
    "br0",
    "bond0",
    "eth0.100",
    "ifb1",
  ];
  expect([...ports, ...virtual, ""].filter(isPhysicalInterface)).toEqual(ports);
  const disks = ["sda", "sdaa", "vda", "xvdb", "nvme0n1", "nvme10n1", "mmcblk0"];
  const parts = ["sda1", "nvme0n1p2", "mmcblk0p1", "dm-0", "md127", "loop3", "zram0", "nvme0c0n1"];
  expect([...disks, ...parts, "sr0", ""].filter(isWholeDisk)).toEqual(disks);
});

test("wherever an answer is cut, it loses lines, and no number is cut with it", () => {
  const whole = sample("debian-12.txt");
  const intact = parseHostExposition(whole);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (length) => {
      const cut = whole.subarray(0, length);
      // Of less than a line it is not known what it is of.
      if (!cut.includes("\n")) return;
      const told = parseHostExposition(cut);
      for (const level of ["bootSeconds", "load1", "memTotalBytes", "memAvailableBytes"] as const) {
        expect([null, intact[level]]).toContain(told[level]);
      }
      for (const [of, devices] of Object.entries(told.bytes)) {
        for (const [device, bytes] of devices) {
          expect(intact.bytes[of as keyof typeof intact.bytes].get(device)).toBe(bytes);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test.for(["NaN", "+Inf", "-1", "1e300", "", "ten"])("%s is no value", (value) => {
  const text = `node_load5 1\nnode_load1 ${value}\nnode_cpu_seconds_total{cpu="0",mode="idle"} ${value}\n`;
  expect(read(text)).toMatchObject({ load1: null, cpu: null });
});

test("what is too large or no exposition is refused, and an empty answer says nothing", () => {
  const failure = (body: Buffer) => {
    try {
      return parseHostExposition(body);
    } catch (error) {
      return error instanceof ExporterError ? error.failure : error;
    }
  };
  expect(failure(Buffer.alloc(maxAnswerBytes + 1, "a"))).toBe("too_large");
  expect(failure(Buffer.from("a 1\n".repeat(maxAnswerLines + 1)))).toBe("too_large");
  expect(failure(Buffer.from("<html>It works!</html>"))).toBe("malformed");
  expect(failure(Buffer.from("\n\n"))).toMatchObject({ load1: null, cpu: null });
});

describe("whatever is sent", () => {
  const pieces = fc.constantFrom(
    ...["node_cpu_seconds_total", "node_load1", "node_boot_time_seconds", "node_bonding_slaves"],
    ...["node_network_receive_bytes_total", "node_disk_read_bytes_total", "# TYPE ", "\n", " "],
    ...["node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes", "{", "}", '"', "=", ","],
    ...['{cpu="0",mode="idle"} ', '{cpu="1",mode="user"} ', '{device="eth0"} ', '{device="sda"} '],
    ...[
      "5",
      "1e3",
      "1.7976931348623157e308",
      "9223372036854775808",
      "NaN",
      "+Inf",
      "-3",
      "\\",
      "\0",
    ],
  );
  const texts = fc.oneof(
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 60 }),
    fc.uint8Array({ maxLength: 400 }),
  );
  const parsed = (input: string[] | Uint8Array) => {
    try {
      return parseHostExposition(Buffer.from(Array.isArray(input) ? input.join("") : input));
    } catch (error) {
      expect(error).toBeInstanceOf(ExporterError);
      return null;
    }
  };

  test("nothing but the typed error is thrown, and every value is one its metric can have", () => {
    fc.assert(
      fc.property(texts, texts, fc.integer(), (one, other, elapsedMs) => {
        const [before, reading] = [parsed(one), parsed(other)];
        if (!reading) return;
        const look = before && { reading: before, atMs: 0 };
        const told = hostSample(look, { reading, atMs: elapsedMs }, 60_000);
        for (const metric of hostMetrics) {
          const value = told[metric];
          if (value === null) continue;
          if (!(value >= 0 && value <= hostMetricSpecs[metric].max)) throw new Error(metric);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("a damaged answer loses a line or two, never the rest", () => {
    const whole = sample("debian-12.txt");
    const intact = parseHostExposition(whole);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const told = parseHostExposition(damaged);
        const levels = ["bootSeconds", "load1", "memTotalBytes", "memAvailableBytes"] as const;
        const lost = levels.filter((level) => told[level] !== intact[level]);
        expect(lost.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });
});
