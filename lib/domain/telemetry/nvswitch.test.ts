import { expect, test } from "vitest";
import { emptySwitch, switchSamples } from "#lib/domain/telemetry/nvswitch";

const look = (atMs: number, sentMibit: number | null) => ({
  readings: [{ ...emptySwitch(1), temperature: 44, sentMibit }],
  atMs,
});
const tx = (before: ReturnType<typeof look> | null, now: ReturnType<typeof look>) =>
  switchSamples(before, now)[0]?.tx;

test("throughput is the rate between two looks, in MB/s", () => {
  // 10 s at 100 GB/s are 7,629,394 Mibit.
  expect(tx(look(0, 1_000), look(10_000, 7_630_394))).toBe(100_000);
  expect(switchSamples(null, look(0, 1_000))).toEqual([
    {
      ...{ nvswitch: 1, temperature: 44, fatal: null, nonFatal: null, linkErrors: null },
      ...{ tx: null, rx: null },
    },
  ]);
});

test.for([
  ["there was no look before", null, look(10_000, 2_000)],
  ["the counter went back", look(0, 2_000), look(10_000, 1_000)],
  ["the look before was long ago", look(0, 1_000), look(120_001, 2_000)],
  ["both are of one moment", look(10_000, 1_000), look(10_000, 2_000)],
  ["it is not told now", look(0, 1_000), look(10_000, null)],
  ["it was not told before", look(0, null), look(10_000, 1_000)],
  ["it is counted in another unit", look(0, 0), look(10_000, 10_000_000_000)],
] as const)("throughput is unknown when %s", ([, before, now]) => {
  expect(tx(before, now)).toBeNull();
});
