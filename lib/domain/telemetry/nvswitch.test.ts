import { expect, test } from "vitest";
import { emptySwitch, type SwitchCounts, switchSamples } from "#lib/domain/telemetry/nvswitch";

type Look = [atMs: number, sentMibit: number | null];

/** What is told of a switch's sending at each of these looks. */
function told(...looks: readonly Look[]) {
  let before: SwitchCounts | null = null;
  return looks.map(([atMs, sentMibit]) => {
    const { samples, counts } = switchSamples(before, [{ ...emptySwitch(1), sentMibit }], atMs);
    before = counts;
    return samples[0]?.tx;
  });
}

test("throughput is the rate between two looks, in MB/s", () => {
  // 10 s at 100 GB/s are 7,629,394 Mibit.
  expect(told([0, 1_000], [10_000, 7_630_394])).toEqual([null, 100_000]);
  const reading = { ...emptySwitch(1), temperature: 44, sentMibit: 1_000 };
  expect(switchSamples(null, [reading], 0).samples).toEqual([
    {
      ...{ nvswitch: 1, temperature: 44, fatal: null, nonFatal: null, linkErrors: null },
      ...{ tx: null, rx: null },
    },
  ]);
});

test("a counter that is read every 30 s and asked for every 15 s tells one steady rate", () => {
  const second = (n: number): Look => [n * 1_000, Math.floor(n / 30) * 30 * 762_939.4];
  const looks = Array.from({ length: 9 }, (_, index) => second(index * 15));
  const rate = 100_000;
  expect(told(...looks)).toEqual([null, null, rate, rate, rate, rate, rate, rate, rate]);
});

test("a counter that stands still for a minute tells nothing sent, and its first move no leap", () => {
  const looks = [0, 15, 30, 45, 60, 75, 90, 105].map((n): Look => [n * 1_000, n > 0 ? 900 : 0]);
  const [, moved, ...still] = told(...looks);
  expect(moved).toBe(8);
  expect(still).toEqual([8, 8, 8, 0, 0, 0]);
  // Of 30 to 60 s, and not of the 15 since it was asked.
  const tx = told(...looks, [120_000, 900 + 7_629_394]).at(-1);
  expect(tx).toBe(Math.round(1_000_000 / 45));
});

test("a switch that is left out once is not forgotten", () => {
  const one = (sentMibit: number) => [{ ...emptySwitch(1), sentMibit }];
  const first = switchSamples(null, one(0), 0);
  const without = switchSamples(first.counts, [], 10_000);
  expect(without.samples).toEqual([]);
  expect(switchSamples(without.counts, one(15_258_788), 20_000).samples[0]?.tx).toBe(100_000);
});

test.for<[string, ...Look[]]>([
  ["there was no look before", [10_000, 2_000]],
  ["the counter went back", [0, 2_000], [10_000, 1_000]],
  ["the look before was long ago", [0, 1_000], [120_001, 2_000]],
  ["both are of one moment", [10_000, 1_000], [10_000, 2_000]],
  ["it is not told now", [0, 1_000], [10_000, null]],
  ["it was not told before", [0, null], [10_000, 1_000]],
  ["it is counted in another unit", [0, 0], [10_000, 10_000_000_000]],
])("throughput is unknown when %s", ([, ...looks]) => {
  expect(told(...looks).at(-1)).toBeNull();
});
