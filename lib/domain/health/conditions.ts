import { countXids, type KnownXids } from "#lib/domain/health/count-xids";
import type { ConditionCode, HealthCode } from "#lib/domain/health/rules";
import {
  asBuiltIn,
  type HealthSettings,
  type ThresholdCode,
  thresholds,
} from "#lib/domain/health/settings";
import { xidMeaning } from "#lib/domain/health/xid";
import type { GpuMetric } from "#lib/domain/telemetry/metric";
import type { SwitchSample } from "#lib/domain/telemetry/nvswitch";
import { type GpuLinks, type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";

/** What speaks for a reason, by metric or by what was counted; words where a controller has said them. */
export type Evidence = Record<string, number | string>;

/** Evidence that it is so, `null` that it is not, `undefined` that it cannot be told. */
export type Finding = Evidence | null | undefined;

/** What was last known of a GPU, to which a counter and the sticky last XID are compared. */
export type LastKnown = {
  values: Partial<Record<ComparedMetric, number>>;
  atMs: number | null;
  /** Where counting of PCIe replays began. */
  replays: { atMs: number; value: number } | null;
  xids: KnownXids;
  /** True once any of its NVLinks was up. */
  wasLinked: boolean;
  /** When a glance last saw a slowdown by hardware that is no heat, by its rule. */
  slowedMs: Partial<Record<SlowdownCode, number>>;
};

export const nothingKnown: LastKnown = {
  ...{ values: {}, atMs: null, replays: null, wasLinked: false, slowedMs: {} },
  xids: { told: new Set(), counts: null },
};

/** The SXIDs that a node's switches told last, by switch: a gauge keeps its last one for ever. */
export type LastSxids = ReadonlyMap<number, { fatal: number | null; nonFatal: number | null }>;

/** What is to be kept of SXIDs beyond the worker that was told them: 0 is none. */
export type KeptSxids = { nvswitch: number; fatal: number; nonFatal: number };

/** What has changed of them; a switch that has never told an error is never named. */
export function sxidsToKeep(before: LastSxids, now: LastSxids): KeptSxids[] {
  return [...now].flatMap(([nvswitch, { fatal, nonFatal }]) => {
    const was = before.get(nvswitch);
    const isSame = (fatal ?? 0) === (was?.fatal ?? 0) && (nonFatal ?? 0) === (was?.nonFatal ?? 0);
    return isSame ? [] : [{ nvswitch, fatal: fatal ?? 0, nonFatal: nonFatal ?? 0 }];
  });
}

/** What one scrape says of each condition of a node's switches, and what is known after it. */
export function findSwitchConditions(
  switches: readonly SwitchSample[],
  last: LastSxids,
): { found: Map<ConditionCode, Finding>; known: LastSxids } {
  const known = new Map(last);
  for (const { nvswitch, fatal, nonFatal } of switches) {
    const before = last.get(nvswitch);
    known.set(nvswitch, {
      fatal: fatal ?? before?.fatal ?? null,
      nonFatal: nonFatal ?? before?.nonFatal ?? null,
    });
  }
  const found = new Map<ConditionCode, Finding>();
  for (const [code, part] of [
    ["nvswitch_fatal", "fatal"],
    ["nvswitch_error", "nonFatal"],
  ] as const) {
    const told = switches.filter((one) => one[part] !== null);
    const anew = told.filter((one) => one[part] && one[part] !== last.get(one.nvswitch)?.[part]);
    const [first] = anew;
    // As with an XID, only a change to a code is an error; that it stays is none.
    if (first) found.set(code, { sxid: first[part] ?? 0, nvswitch: first.nvswitch });
    else found.set(code, told.length > 0 ? null : undefined);
  }
  return { found, known };
}

/**
 * How many GPUs a scrape names beyond those that a node has, counting all that it has named: so many are
 * others than before. One that is missing and comes back, or has another index, is none. What is known
 * after it are those that are there now.
 */
export function findOtherGpus(
  uuids: ReadonlySet<string>,
  last: ReadonlySet<string>,
  expected: number,
): { found: Finding; known: ReadonlySet<string> } {
  if (uuids.size === 0) return { found: undefined, known: last };
  if (uuids.isSubsetOf(last)) return { found: null, known: last };
  const both = last.union(uuids);
  const others = last.size === 0 ? 0 : both.size - Math.max(expected, last.size);
  return others > 0 ? { found: { others }, known: uuids } : { found: null, known: both };
}

/** What a scrape is compared with the one before in. */
export const comparedMetrics = [
  "xid",
  "ecc_dbe",
  "nvlink_crc_flit",
  "nvlink_crc_data",
  "nvlink_replay",
  "nvlink_recovery",
  "thermal_throttle_s",
  "power_throttle_s",
] as const satisfies readonly GpuMetric[];
export type ComparedMetric = (typeof comparedMetrics)[number];

/** `DCGM_FI_DEV_CLOCKS_EVENT_REASONS`, dcgm_fields.h. */
export const clockBits = {
  idle: 0x1,
  applicationClocks: 0x2,
  powerCap: 0x4,
  hwSlowdown: 0x8,
  syncBoost: 0x10,
  swThermal: 0x20,
  hwThermal: 0x40,
  powerBrake: 0x80,
} as const;

type SlowdownCode = "power_brake" | "hw_slowdown";
const slowdowns: readonly (readonly [SlowdownCode, (reasons: number) => boolean])[] = [
  ["power_brake", (reasons) => (reasons & clockBits.powerBrake) !== 0],
  [
    "hw_slowdown",
    (reasons) =>
      (reasons & clockBits.hwSlowdown) !== 0 &&
      (reasons & (clockBits.hwThermal | clockBits.powerBrake)) === 0,
  ],
];
/** For how long a slowdown that a glance saw goes on by what is counted: ours. */
const seenSlowedMs = 2 * 60_000;
/** Of the time between two scrapes, in percent, how much of it must have been slowed down: ours. */
const slowedPercent = 10;

const thermalBits = clockBits.swThermal | clockBits.hwThermal;
const replayWindowMs = 10 * 60_000;

/**
 * What one scrape says of each condition of one GPU, how many times each XID in it has happened anew, and
 * what is known after it.
 */
export function findConditions(
  sample: GpuSample,
  last: LastKnown,
  atMs: number,
  settings: HealthSettings = asBuiltIn,
): { found: Map<HealthCode, Finding>; xids: ReadonlyMap<number, number>; known: LastKnown } {
  const changed = (code: ThresholdCode) => settings.get(code)?.threshold ?? null;
  const limitOf = (code: ThresholdCode) => changed(code) ?? thresholds[code].usual;
  const value = (metric: GpuMetric) => sampleValue(sample, metric);
  const found = new Map<HealthCode, Finding>();
  const set = (code: ConditionCode, finding: Finding) => found.set(code, finding);

  const xids = sample.xids ? countXids(sample.xids, last.xids) : changedXid(value("xid"), last);
  for (const xid of xids.keys()) found.set(`xid_${xid}`, { xid });

  set("ecc_dbe", growth(["ecc_dbe"], value, last));
  set("nvlink_errors", growth(nvlinkCounters, value, last));
  const wasLinked = last.wasLinked || (sample.links?.up ?? 0) > 0;
  set("nvlink_down", linksFinding(sample.links, wasLinked, limitOf("nvlink_down")));
  set("remap_failed", flag("remap_fail", value));
  set("remap_pending", flag("remap_pending", value));

  const reasons = value("clock_reasons");
  set("thermal_throttle", thermal(reasons, value, last, atMs, limitOf("thermal_throttle")));
  const slowedMs = { ...last.slowedMs };
  for (const [code, isSlowed] of slowdowns) {
    if (reasons !== null && isSlowed(reasons)) slowedMs[code] = atMs;
    set(code, slowdown(reasons, slowedMs[code], value, last, atMs));
  }

  const temperature = value("gpu_temp");
  const limit = value("gpu_temp_limit");
  const over = (bound: number): Finding =>
    temperature === null ? undefined : temperature > bound ? hot(temperature, limit) : null;
  // Where an operator has set one, that is the bound, whatever the GPU tells of its own.
  set("too_hot", over(changed("too_hot") ?? limit ?? thresholds.too_hot.usual));
  set("hot", over(changed("hot") ?? (limit === null ? thresholds.hot.usual : limit - 5)));
  const memory = value("mem_temp");
  const memoryLimit = value("mem_temp_limit");
  set(
    "memory_too_hot",
    memory === null || memoryLimit === null
      ? undefined
      : memory >= memoryLimit
        ? { mem_temp: memory, mem_temp_limit: memoryLimit }
        : null,
  );

  const replays = value("pcie_replay");
  const counting = replays === null ? last.replays : countReplays(replays, last, atMs);
  set("pcie_replays", replayFinding(replays, last, atMs, limitOf("pcie_replays")));
  const { lanes } = sample;
  set(
    "pcie_width",
    lanes &&
      (lanes.now < lanes.most ? { pcie_lanes: lanes.now, pcie_most_lanes: lanes.most } : null),
  );

  const values = { ...last.values };
  for (const metric of comparedMetrics) {
    const now = value(metric);
    if (now !== null) values[metric] = now;
  }
  const told = xids.size > 0 ? new Set([...last.xids.told, ...xids.keys()]) : last.xids.told;
  const counts = sample.xids ?? last.xids.counts;
  const known = { values, atMs, replays: counting, wasLinked, slowedMs, xids: { told, counts } };
  return { found, xids, known };
}

/**
 * Where nobody counts: the gauge keeps its last code for ever, so only a change to a code is a new error.
 * A code that was away with its exporter and is back is the same one.
 */
function changedXid(xid: number | null, last: LastKnown): ReadonlyMap<number, number> {
  const isNew = xid !== null && xid !== last.values.xid && xidMeaning(xid);
  return new Map(isNew ? [[xid, 1]] : []);
}

const nvlinkCounters = [
  "nvlink_crc_flit",
  "nvlink_crc_data",
  "nvlink_replay",
  "nvlink_recovery",
] as const satisfies readonly ComparedMetric[];

type Value = (metric: GpuMetric) => number | null;

/** Counters that grew since they were last known. One that is smaller began again: no growth. */
function growth(metrics: readonly ComparedMetric[], value: Value, last: LastKnown): Finding {
  const grown: Evidence = {};
  let known = false;
  for (const metric of metrics) {
    const now = value(metric);
    const before = last.values[metric];
    if (now === null || before === undefined) continue;
    known = true;
    if (now > before) grown[metric] = now - before;
  }
  if (!known) return undefined;
  return Object.keys(grown).length > 0 ? grown : null;
}

/** A GPU none of whose links was ever up may have none to use, as a card without a bridge. */
function linksFinding(links: GpuLinks | undefined, wasLinked: boolean, most: number): Finding {
  if (!links) return undefined;
  if (links.down <= most) return null;
  return wasLinked ? { nvlinks_down: links.down, nvlinks: links.up + links.down } : undefined;
}

function flag(metric: GpuMetric, value: Value): Finding {
  const now = value(metric);
  return now === null ? undefined : now > 0 ? { [metric]: now } : null;
}

function hot(temperature: number, limit: number | null): Evidence {
  return limit === null
    ? { gpu_temp: temperature }
    : { gpu_temp: temperature, gpu_temp_limit: limit };
}

/** By the reasons at this moment, or by the time throttled since the last: a scrape is a glance. */
function thermal(
  reasons: number | null,
  value: Value,
  last: LastKnown,
  atMs: number,
  leastPercent: number,
): Finding {
  if (reasons !== null && (reasons & thermalBits) !== 0) return { clock_reasons: reasons };
  const seconds = value("thermal_throttle_s");
  const before = last.values.thermal_throttle_s;
  if (seconds !== null && before !== undefined && last.atMs !== null && atMs > last.atMs) {
    const percent = ((seconds - before) * 100_000) / (atMs - last.atMs);
    return percent >= leastPercent ? { throttled_percent: Math.round(percent) } : null;
  }
  return reasons === null ? undefined : null;
}

/**
 * By the reasons at this moment; and where a glance has seen it lately, by the time throttled since. The
 * counter alone says nothing: it runs at the power limit, too, which is no reason.
 */
function slowdown(
  reasons: number | null,
  seenMs: number | undefined,
  value: Value,
  last: LastKnown,
  atMs: number,
): Finding {
  if (reasons === null) return undefined;
  if (seenMs === atMs) return { clock_reasons: reasons };
  const seconds = value("power_throttle_s");
  const before = last.values.power_throttle_s;
  if (seenMs === undefined || atMs - seenMs > seenSlowedMs) return null;
  if (seconds === null || before === undefined || last.atMs === null || atMs <= last.atMs)
    return null;
  const percent = ((seconds - before) * 100_000) / (atMs - last.atMs);
  return percent >= slowedPercent ? { throttled_percent: Math.round(percent) } : null;
}

function countReplays(replays: number, last: LastKnown, atMs: number): LastKnown["replays"] {
  const from = last.replays;
  const isOver = from !== null && atMs - from.atMs >= replayWindowMs;
  return from === null || replays < from.value || isOver ? { atMs, value: replays } : from;
}

function replayFinding(
  replays: number | null,
  { replays: from }: LastKnown,
  atMs: number,
  mostPerMinute: number,
): Finding {
  if (replays === null || from === null || replays < from.value) return undefined;
  const spanMs = atMs - from.atMs;
  if (spanMs < replayWindowMs) return undefined;
  const perMinute = ((replays - from.value) * 60_000) / spanMs;
  return perMinute > mostPerMinute ? { replays_per_minute: Math.round(perMinute) } : null;
}
