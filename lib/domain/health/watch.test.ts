import { describe, expect, test } from "vitest";
import { nothingKnown } from "#lib/domain/health/conditions";
import { codesForOperators, healthRule, healthRules } from "#lib/domain/health/rules";
import { asBuiltIn, type HealthSettings, whyNotSet } from "#lib/domain/health/settings";
import {
  type HealthChange,
  type NodeWatch,
  newWatch,
  observeGpu,
  observeNode,
  wholeNode,
} from "#lib/domain/health/watch";
import type { GpuMetric } from "#lib/domain/telemetry/metric";
import { gpuSample } from "#lib/domain/telemetry/sample";

type Values = Partial<Record<GpuMetric, number>>;

/** What changes over scrapes, fifteen seconds apart unless said; each told as a line. */
function follow(
  scrapes: readonly Values[],
  stepMs = 15_000,
  watch = newWatch(),
  settings = asBuiltIn,
): string[] {
  const told: string[] = [];
  let now = watch;
  for (const [index, values] of scrapes.entries()) {
    const seen = observeGpu(now, gpuSample(3, values), index * stepMs, settings);
    now = seen.watch;
    told.push(...seen.changes.map((change) => line(change)));
  }
  return told;
}

function line(change: HealthChange): string {
  const at = `${change.atMs / 1_000} s: ${change.code}`;
  return change.kind === "quiet" ? `${at} quiet` : `${at} +${change.occurrences}`;
}

const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value);

describe("XIDs", () => {
  test("the sticky code is one occurrence, however often it is read", () => {
    expect(follow([{ xid: 0 }, ...times(10, { xid: 79 })])).toEqual(["15 s: xid_79 +1"]);
  });

  test("94, and after another code 94 again, is two occurrences of one reason", () => {
    expect(follow([{ xid: 94 }, { xid: 94 }, { xid: 0 }, { xid: 94 }])).toEqual([
      "0 s: xid_94 +1",
      "45 s: xid_94 +1",
    ]);
  });

  test("a code that was away with its exporter and is back has not happened again", () => {
    expect(follow([{ xid: 94 }, { gpu_temp: 50 }, {}, { xid: 94 }])).toEqual(["0 s: xid_94 +1"]);
  });

  test("a program's XID passes by itself, one that needs the node does not", () => {
    const hour = times(240, { gpu_temp: 50 });
    expect(follow([{ xid: 31 }, { xid: 0 }, ...hour])).toEqual([
      "0 s: xid_31 +1",
      "1815 s: xid_31 quiet",
    ]);
    expect(follow([{ xid: 79 }, { xid: 0 }, ...hour])).toEqual(["0 s: xid_79 +1"]);
  });

  test("codes that ask for nothing are no reason", () => {
    expect(follow([{ xid: 43 }, { xid: 63 }, { xid: 45 }, { xid: 9_999 }])).toEqual([]);
  });
});

describe("XIDs that the exporter counts", () => {
  type Count = readonly [xid: number, times: number];
  /** What changes over scrapes in which the gauge says 94 and the counts are these. */
  function followCounts(
    scrapes: readonly (readonly Count[] | null)[],
    span: "window" | "lifetime" = "window",
    told: readonly number[] = [],
  ): string[] {
    const xids = { told: new Set(told), counts: null };
    let watch = newWatch([], { ...nothingKnown, values: { xid: 94 }, xids });
    return scrapes.flatMap((counts, index) => {
      const sample = {
        ...gpuSample(3, { xid: 94 }),
        ...(counts && { xids: { span, times: new Map(counts) } }),
      };
      const seen = observeGpu(watch, sample, index * 15_000);
      watch = seen.watch;
      return seen.changes.map((change) => line(change));
    });
  }

  test("94 and then 94 again is two occurrences of one reason, and so are two at once", () => {
    const seen: Count[][] = [[], [[94, 1]], [[94, 1]], [[94, 2]], [[94, 4]]];
    const told = ["15 s: xid_94 +1", "45 s: xid_94 +1", "60 s: xid_94 +2"];
    expect(followCounts(seen)).toEqual(told);
    expect(followCounts(seen, "lifetime")).toEqual(told);
  });

  test("a count of the last minutes that falls is no error, and one that grows again is", () => {
    expect(followCounts([[[94, 2]], [[94, 1]], [], [[94, 1]]])).toEqual([
      "0 s: xid_94 +2",
      "45 s: xid_94 +1",
    ]);
  });

  test("what was told before a restart is not counted again, and other codes are", () => {
    expect(followCounts([[[94, 2]], [[94, 3]]], "window", [94])).toEqual(["15 s: xid_94 +1"]);
    expect(followCounts([[[94, 2], ...[[13, 1] as const]]], "window", [94])).toEqual([
      "0 s: xid_13 +1",
    ]);
    // An exporter that begins to count since its start counts anew what it has told.
    expect(followCounts([[[43, 2]], null, [[94, 1]]])).toEqual(["30 s: xid_94 +1"]);
  });

  test("an exporter that starts anew counts from nothing, and that is no error", () => {
    expect(followCounts([[[94, 3]], [], [[94, 1]]], "lifetime", [94])).toEqual(["30 s: xid_94 +1"]);
  });
});

describe("counters", () => {
  test("growth is an occurrence each time; the first look and a reset are none", () => {
    const seen = [{ ecc_dbe: 5 }, { ecc_dbe: 5 }, { ecc_dbe: 6 }, { ecc_dbe: 0 }, { ecc_dbe: 2 }];
    expect(follow(seen)).toEqual(["30 s: ecc_dbe +1", "60 s: ecc_dbe +1"]);
  });

  test("NVLink errors open at once and close when there were none for ten minutes", () => {
    const grown = [{ nvlink_crc_data: 0 }, { nvlink_crc_data: 4 }];
    expect(follow([...grown, ...times(42, { nvlink_crc_data: 4 })])).toEqual([
      "15 s: nvlink_errors +1",
      "630 s: nvlink_errors quiet",
    ]);
  });

  test("PCIe replays count from more than eight a minute over ten minutes", () => {
    const rising = (perScrape: number) =>
      Array.from({ length: 42 }, (_, n) => ({ pcie_replay: n * perScrape }));
    expect(follow(rising(2))).toEqual([]);
    expect(follow(rising(3))).toEqual(["600 s: pcie_replays +1"]);
  });
});

test("a GPU that is another than before is not held against its counters", () => {
  const of = (uuid: string | undefined, values: Values) => ({
    ...gpuSample(3, values),
    ...(uuid && { uuid }),
  });
  const told = (samples: ReturnType<typeof of>[]) => {
    let watch = newWatch();
    return samples.flatMap((sample, index) => {
      const seen = observeGpu(watch, sample, index * 15_000);
      watch = seen.watch;
      return seen.changes.map((change) => line(change));
    });
  };
  const [a, b] = ["GPU-a", "GPU-b"];
  const counters = { ecc_dbe: 5, nvlink_crc_data: 7 };
  const none = { ecc_dbe: 0, nvlink_crc_data: 0 };
  expect(told([of(a, none), of(b, counters), of(b, counters)])).toEqual([]);
  // A scrape that does not say it changes nothing of whose they are.
  expect(told([of(a, none), of(undefined, none), of(a, { ecc_dbe: 1 })])).toEqual([
    "30 s: ecc_dbe +1",
  ]);
});

test("a PCIe link with lanes missing is a reason after five minutes, and none where it is not told", () => {
  const lanes = (now: number) => ({ ...gpuSample(3, {}), lanes: { now, most: 16 } });
  const samples = [...times(21, lanes(8)), ...times(4, gpuSample(3, {})), ...times(22, lanes(16))];
  let watch = newWatch();
  const changes = samples.flatMap((sample, index) => {
    const seen = observeGpu(watch, sample, index * 15_000);
    watch = seen.watch;
    return seen.changes;
  });
  expect(changes.map((change) => line(change))).toEqual([
    "300 s: pcie_width +1",
    "675 s: pcie_width quiet",
  ]);
  expect(changes[0]).toMatchObject({ evidence: { pcie_lanes: 8, pcie_most_lanes: 16 } });
});

describe("NVLinks", () => {
  /** What changes of a GPU of 18 links, of which so many are down; null is not told. */
  function followLinks(
    downs: readonly (number | null)[],
    watch = newWatch(),
    settings = asBuiltIn,
  ) {
    let now = watch;
    return downs.flatMap((down, index) => {
      const links = down === null ? {} : { links: { up: 18 - down, down } };
      const seen = observeGpu(now, { ...gpuSample(3, {}), ...links }, index * 15_000, settings);
      now = seen.watch;
      return seen.changes.map((change) =>
        change.kind === "seen" ? `${line(change)} ${Object.values(change.evidence)}` : line(change),
      );
    });
  }

  test("a link that is down is a reason after two minutes, and past when all were up for five", () => {
    expect(followLinks([0, ...times(9, 2), ...times(4, null), ...times(22, 0)])).toEqual([
      "135 s: nvlink_down +1 2,18",
      "510 s: nvlink_down quiet",
    ]);
    // A reset of a GPU takes its links down for a while.
    expect(followLinks([0, ...times(8, 18), ...times(30, 0)])).toEqual([]);
  });

  test("all of them are a reason where one was up before, and nothing is known where none ever was", () => {
    expect(followLinks([0, ...times(9, 18)])).toEqual(["135 s: nvlink_down +1 18,18"]);
    expect(followLinks(times(40, 18))).toEqual([]);
    // So a worker that starts does not take for past what is open.
    const open = newWatch([{ code: "nvlink_down", firstSeenMs: 0, lastSeenMs: 0 }]);
    expect(followLinks(times(40, 18), open)).toEqual([]);
  });

  test("cards that leave links unused are well up to the number that operators set", () => {
    const threshold = 6;
    const set = {
      enabled: null,
      severity: null,
      opensAfterMs: null,
      closesAfterMs: null,
      threshold,
    };
    const settings: HealthSettings = new Map([["nvlink_down", set]]);
    expect(followLinks(times(10, 6), newWatch(), settings)).toEqual([]);
    expect(followLinks(times(10, 7), newWatch(), settings)).toEqual(["120 s: nvlink_down +1 7,18"]);
  });
});

describe("what lasts", () => {
  const heat = { clock_reasons: 0x40 };
  const fine = { clock_reasons: 0 };

  test("throttling opens after five minutes and closes after five without", () => {
    expect(follow([...times(21, heat), ...times(22, fine)])).toEqual([
      "300 s: thermal_throttle +1",
      "615 s: thermal_throttle quiet",
    ]);
  });

  test("a moment without begins the waiting anew, before it is open and after", () => {
    expect(follow([...times(19, heat), fine, ...times(19, heat)])).toEqual([]);
    const flapping = [...times(21, heat), ...times(19, fine), heat, ...times(19, fine)];
    // Told again, since it is so again; not closed, and not a second time.
    expect(follow(flapping)).toEqual(["300 s: thermal_throttle +1", "600 s: thermal_throttle +0"]);
  });

  test("silence is not quiet: while a value is not told, nothing closes", () => {
    expect(follow([...times(21, heat), ...times(100, {})])).toEqual(["300 s: thermal_throttle +1"]);
  });

  test("what goes on is told again every five minutes, and is no new occurrence", () => {
    expect(follow(times(62, heat))).toEqual([
      "300 s: thermal_throttle +1",
      "600 s: thermal_throttle +0",
      "900 s: thermal_throttle +0",
    ]);
  });

  test("throttling between two glances is seen by the time it took", () => {
    const seconds = Array.from({ length: 22 }, (_, n) => ({
      clock_reasons: 0,
      thermal_throttle_s: n * 3,
    }));
    expect(follow(seconds)).toEqual(["315 s: thermal_throttle +1"]);
  });

  test("a brake that comes and goes between glances lasts by the time it took, and the power limit alone is none", () => {
    const seconds = (index: number) => index * 4;
    const brake = Array.from({ length: 25 }, (_, index) => ({
      clock_reasons: index % 4 === 0 ? 0x80 : 0x4,
      power_throttle_s: seconds(index),
    }));
    expect(follow(brake)).toEqual(["300 s: power_brake +1"]);
    expect(follow(brake.map((one) => ({ ...one, power_throttle_s: 0 })))).toEqual([]);
    expect(follow(brake.map((one) => ({ ...one, clock_reasons: 0x4 })))).toEqual([]);
    // Two minutes after the last glance that saw it, it is past, whatever the limit counts.
    const limited = Array.from({ length: 40 }, (_, index) => ({
      ...{ clock_reasons: 0x4, power_throttle_s: seconds(25 + index) },
    }));
    expect(follow([...brake, ...limited])).toEqual([
      "300 s: power_brake +1",
      "795 s: power_brake quiet",
    ]);
  });

  test("idle clocks and the power limit are no reason", () => {
    expect(follow(times(40, { clock_reasons: 0x1 | 0x2 | 0x4 | 0x10 }))).toEqual([]);
  });

  test("temperature is held against the limit that is told, and else against 80 and 85 °C", () => {
    expect(follow(times(21, { gpu_temp: 83 }))).toEqual(["300 s: hot +1"]);
    expect(follow(times(5, { gpu_temp: 86 }))).toEqual(["60 s: too_hot +1"]);
    expect(follow(times(21, { gpu_temp: 86, gpu_temp_limit: 95 }))).toEqual([]);
    expect(follow(times(5, { mem_temp: 96, mem_temp_limit: 95 }))).toEqual([
      "60 s: memory_too_hot +1",
    ]);
  });

  test("a flag that stays set is one occurrence", () => {
    expect(follow(times(10, { remap_fail: 1 }))).toEqual(["0 s: remap_failed +1"]);
    expect(follow(times(22, { remap_pending: 1 }))).toEqual(["300 s: remap_pending +1"]);
  });
});

const nodeWatch = (sxids: NodeWatch["sxids"] = new Map()): NodeWatch => ({
  ...{ rules: new Map(), uuids: new Set<string>() },
  sxids,
});

test("GPUs beyond those that a node has are others than before, and one that comes back is none", () => {
  let watch = nodeWatch();
  const told: string[] = [];
  const of = (from: number, count: number) =>
    new Set(Array.from({ length: count }, (_, n) => `GPU-${from + n}`));
  const own = of(0, 8);
  const steps = [
    // One is missing at first, another later, so that the others have other indexes: all are its own.
    ...[of(0, 7), own, of(1, 7), new Set<string>(), own],
    // One is another, then all are; that they stay is no news.
    ...[of(1, 8), of(100, 8), of(100, 8), ...times(241, of(100, 8))],
  ];
  for (const [index, uuids] of steps.entries()) {
    const node = { seen: 8, expected: 8, switches: [], uuids };
    const next = observeNode(watch, node, index * 15_000);
    watch = next.watch;
    told.push(
      ...next.changes.map((change) =>
        change.kind === "seen" ? `${line(change)} of ${change.evidence.others}` : line(change),
      ),
    );
  }
  expect(told).toEqual([
    "75 s: gpus_changed +1 of 1",
    "90 s: gpus_changed +1 of 8",
    "3705 s: gpus_changed quiet",
  ]);
});

test("a node that names fewer GPUs than it has misses one after two minutes", () => {
  let watch = nodeWatch();
  const told: string[] = [];
  for (const [index, seen] of [8, ...times(12, 7), ...times(25, 8)].entries()) {
    const next = observeNode(
      watch,
      { seen, expected: 8, switches: [], uuids: new Set() },
      index * 15_000,
    );
    watch = next.watch;
    told.push(...next.changes.map((change) => `${change.gpu} ${line(change)}`));
  }
  expect(told).toEqual([
    `${wholeNode} 135 s: gpu_missing +1`,
    `${wholeNode} 495 s: gpu_missing quiet`,
  ]);
});

describe("switches", () => {
  type Told = { fatal?: number | null; nonFatal?: number | null };
  /** What a node's watch tells of these scrapes of its switch 2, one in 15 seconds. */
  function followSwitch(scrapes: readonly Told[], sxids: NodeWatch["sxids"] = new Map()) {
    let watch = nodeWatch(sxids);
    return scrapes.flatMap(({ fatal = 0, nonFatal = 0 }, index) => {
      const told = { nvswitch: 2, temperature: 41, tx: null, rx: null, linkErrors: 0 };
      const switches = [{ ...told, fatal, nonFatal }];
      const next = observeNode(
        watch,
        { seen: 8, expected: 8, switches, uuids: new Set() },
        index * 15_000,
      );
      watch = next.watch;
      return next.changes.map((change) => `${change.gpu} ${line(change)}`);
    });
  }

  test("an SXID is an error when it comes, not while it stays, and another is another", () => {
    expect(
      followSwitch([
        {},
        ...times<Told>(10, { fatal: 20_034 }),
        ...times<Told>(5, { fatal: 12_028 }),
      ]),
    ).toEqual(["-1 15 s: nvswitch_fatal +1", "-1 165 s: nvswitch_fatal +1"]);
  });

  test("a fatal one stays open, and another passes after half an hour without a new one", () => {
    const quiet = times<Told>(125, { fatal: 20_034, nonFatal: 11_012 });
    expect(followSwitch(quiet)).toEqual([
      "-1 0 s: nvswitch_fatal +1",
      "-1 0 s: nvswitch_error +1",
      "-1 1815 s: nvswitch_error quiet",
    ]);
  });

  test("a code that was told before, or is told again after a gap, is the same error", () => {
    const known = new Map([[2, { fatal: 20_034, nonFatal: 0 }]]);
    expect(followSwitch([{ fatal: 20_034 }], known)).toEqual([]);
    expect(followSwitch([{ fatal: 20_034 }, { fatal: null }, { fatal: 20_034 }])).toEqual([
      "-1 0 s: nvswitch_fatal +1",
    ]);
  });
});

test("who begins anew goes on with what is open: nothing opens twice, and it still closes", () => {
  const open = [{ code: "xid_31" as const, firstSeenMs: -60_000, lastSeenMs: -60_000 }];
  const known = { ...nothingKnown, values: { xid: 31 }, atMs: -15_000 };
  expect(follow(times(122, { xid: 31 }), 15_000, newWatch(open, known))).toEqual([
    "1800 s: xid_31 quiet",
  ]);
});

test("every rule has words for both sides, and says where its threshold comes from", () => {
  for (const code of [...Object.keys(healthRules), "xid_79", "xid_31", "xid_145"]) {
    const rule = healthRule(code);
    const plain = codesForOperators.includes(code) ? [] : [rule?.plain];
    for (const text of [rule?.title, ...plain, rule?.advice, rule?.source]) {
      expect(text?.length, code).toBeGreaterThan(5);
    }
  }
  expect(healthRule("xid_43")).toBeUndefined();
  expect(healthRule("toString")).toBeUndefined();
});

describe("rules as operators set them", () => {
  const unset = {
    ...{ enabled: null, severity: null, opensAfterMs: null, closesAfterMs: null, threshold: null },
  };
  const by = (code: string, set: Partial<typeof unset> | Record<string, unknown>): HealthSettings =>
    new Map([[code, { ...unset, ...set }]]);
  const warm = times(60, { gpu_temp: 71, gpu_temp_limit: 90 });

  test("a threshold that is set counts, whatever the GPU tells of its limit; and so do its times", () => {
    expect(follow(warm)).toEqual([]);
    const settings = by("hot", { threshold: 70, opensAfterMs: 30_000, closesAfterMs: 60_000 });
    const cool = times(10, { gpu_temp: 50, gpu_temp_limit: 90 });
    expect(follow([...warm.slice(0, 4), ...cool], 15_000, newWatch(), settings)).toEqual([
      "30 s: hot +1",
      "120 s: hot quiet",
    ]);
  });

  test("a rule that is turned off opens nothing, and what is open of it passes in its time", () => {
    const hot = times(30, { gpu_temp: 84 });
    expect(follow(hot).at(0)).toBe("300 s: hot +1");
    const off = by("hot", { enabled: false });
    expect(follow(hot, 15_000, newWatch(), off)).toEqual([]);
    const open = newWatch([{ code: "hot", firstSeenMs: 0, lastSeenMs: 0 }]);
    expect(follow(hot, 15_000, open, off)).toEqual(["300 s: hot quiet"]);
    // What only an operator can declare past stays, and counts no more.
    const xid = newWatch([{ code: "xid_79", firstSeenMs: 0, lastSeenMs: 0 }]);
    const told = [{ xid: 0 }, { xid: 79 }, ...times(300, { xid: 0 })];
    expect(follow(told, 15_000, xid, by("xid_79", { enabled: false }))).toEqual([]);
  });

  test("what lasts, and is to open at once, is one occurrence", () => {
    const settings = by("hot", { opensAfterMs: 0 });
    expect(follow(times(10, { gpu_temp: 84 }), 15_000, newWatch(), settings)).toEqual([
      "0 s: hot +1",
    ]);
  });

  test("what a rule cannot be is refused in sentences", () => {
    const wrong = (code: string, set: object) => Object.keys(whyNotSet(code, { ...unset, ...set }));
    expect(wrong("hot", { threshold: 39 })).toEqual(["threshold"]);
    expect(wrong("hot", { threshold: 111 })).toEqual(["threshold"]);
    expect(wrong("hot", { threshold: Number.NaN })).toEqual(["threshold"]);
    expect(wrong("hot", { threshold: 110, opensAfterMs: 0, closesAfterMs: 86_400_000 })).toEqual(
      [],
    );
    expect(wrong("hot", { opensAfterMs: -1, closesAfterMs: 86_400_001 })).toEqual([
      "opensAfterSeconds",
      "closesAfterSeconds",
    ]);
    expect(wrong("xid_79", { opensAfterMs: 1, closesAfterMs: 1, threshold: 1 })).toEqual([
      ...["opensAfterSeconds", "closesAfterSeconds", "threshold"],
    ]);
    expect(wrong("gpus_elsewhere", { severity: "critical" })).toEqual(["severity"]);
  });
});
