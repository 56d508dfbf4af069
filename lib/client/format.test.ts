import { expect, test, vi } from "vitest";
import {
  formatBytes,
  formatCents,
  formatDecimalBytes,
  formatDuration,
  formatGpuHours,
  formatLocal,
  formatMebibytes,
  formatMegabytesPerSecond,
  formatPercent,
  formatQuantity,
  formatRelative,
  formatSpan,
  formatTook,
  formatUtc,
  formatWatts,
  shortId,
} from "#lib/client/format";

const read = (text: string) => text.replaceAll("\u00a0", " ");

test("what is not known is said, never shown as zero", () => {
  for (const format of [formatPercent, formatWatts, formatMebibytes, formatBytes, formatDuration]) {
    expect(format(null)).toBe("unknown");
    expect(format(undefined)).toBe("unknown");
  }
  expect(formatWatts(Number.NaN)).toBe("unknown");
  expect(read(formatWatts(0))).toBe("0 W");
});

test.for([
  [81_920, "80 GiB"],
  [143_771, "140 GiB"],
  [0, "0 GiB"],
  [512, "512 MiB"],
  [1_536, "1.5 GiB"],
] as const)("%d MiB reads %s", ([mebibytes, text]) => {
  expect(read(formatMebibytes(mebibytes))).toBe(text);
});

test.for([
  [0, "0 B"],
  [1_023, "1,023 B"],
  [1_024, "1 KiB"],
  [1.5 * 1024 ** 4, "1.5 TiB"],
] as const)("%d bytes read %s", ([bytes, text]) => {
  expect(read(formatBytes(bytes))).toBe(text);
});

test.for([
  [400, "0 s"],
  [40_000, "40 s"],
  [180_000, "3 min"],
  [200_000, "3 min 20 s"],
  [1_230_000, "21 min"],
  [3_599_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [274_000_000, "3 d 4 h"],
] as const)("%d ms read %s", ([ms, text]) => {
  expect(read(formatDuration(ms))).toBe(text);
});

test("rates change to GB/s at a thousand, drives count in powers of ten", () => {
  expect(read(formatMegabytesPerSecond(4.25))).toBe("4.3 MB/s");
  expect(read(formatMegabytesPerSecond(450_000))).toBe("450 GB/s");
  expect(read(formatDecimalBytes(3_840_755_982_336))).toBe("3.8 TB");
});

test("shares below ten percent keep a decimal, nouns follow their number", () => {
  expect(read(formatPercent(97.4))).toBe("97 %");
  expect(read(formatPercent(3.26))).toBe("3.3 %");
  expect(read(formatQuantity(1, "node"))).toBe("1 node");
  expect(read(formatQuantity(0, "node"))).toBe("0 nodes");
  expect(read(formatQuantity(2, "entry", "entries"))).toBe("2 entries");
  expect(read(formatGpuHours(1234.56))).toBe("1,234.6 GPU-hours");
  expect(formatCents(1250, "EUR")).toBe("€12.50");
});

test("distance from now is told by its largest part, on both sides", () => {
  const now = Date.parse("2026-10-03T14:00:00Z");
  expect(read(formatRelative(now - 2_000, now))).toBe("just now");
  expect(read(formatRelative(now - 180_000, now))).toBe("3 min ago");
  expect(read(formatRelative(now + 7_200_000, now))).toBe("in 2 h");
  expect(read(formatRelative(now - 259_200_000, now))).toBe("3 d ago");
});

test("a span is told by its largest part alone", () => {
  expect([0, 59_000, 89_000, 3_600_000, 172_800_000].map((ms) => read(formatSpan(ms)))).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "2 d",
  ]);
});

test("UTC instants name their zone, long ids keep both ends", () => {
  expect(formatUtc("2026-10-03T14:02:33.120Z")).toBe("2026-10-03 14:02 UTC");
  expect(formatUtc("2026-10-03T14:02:33.120Z", "seconds")).toBe("2026-10-03 14:02:33 UTC");
  expect(shortId("env_01jabcdefghjkmnpqrstvwxyz0")).toBe("env_01ja…xyz0");
});

test.for([
  [0, "< 0.1 s"],
  [320, "0.3 s"],
  [9_949, "9.9 s"],
  [9_960, "10 s"],
  [200_000, "3 min 20 s"],
  [null, "unknown"],
] as const)("%s ms took %s", ([ms, text]) => {
  expect(read(formatTook(ms))).toBe(text);
});

test("a time that the reader's clock shows twice is told with its distance from UTC, and no other", () => {
  vi.stubEnv("TZ", "Europe/Berlin");
  try {
    const told = [
      "2027-10-30T23:59Z",
      "2027-10-31T00:30Z",
      "2027-10-31T01:30Z",
      "2027-10-31T02:00Z",
    ];
    expect(told.map((at) => formatLocal(at))).toEqual([
      "2027-10-31 01:59",
      "2027-10-31 02:30 +02:00",
      "2027-10-31 02:30 +01:00",
      "2027-10-31 03:00",
    ]);
    expect(formatLocal("2027-03-28T01:00Z", "seconds")).toBe("2027-03-28 03:00:00");
  } finally {
    vi.unstubAllEnvs();
  }
});
