import {
  type Evidence,
  type Finding,
  findConditions,
  findOtherGpus,
  findSwitchConditions,
  type LastKnown,
  type LastSxids,
  nothingKnown,
} from "#lib/domain/health/conditions";
import type { HealthCode } from "#lib/domain/health/rules";
import { asBuiltIn, type HealthSettings, ruleBy } from "#lib/domain/health/settings";
import type { SwitchSample } from "#lib/domain/telemetry/nvswitch";
import type { GpuSample } from "#lib/domain/telemetry/sample";

/** The GPU's index where a reason is of the node as a whole. */
export const wholeNode = -1;

/** What has to be written down of a reason. */
export type HealthChange = { gpu: number; code: HealthCode; atMs: number } & (
  | {
      kind: "seen";
      /** Since when it has been so. */
      sinceMs: number;
      /** How many times it has happened anew; 0 where it merely goes on. */
      occurrences: number;
      evidence: Evidence;
      uuid: string | null;
    }
  | { kind: "quiet" }
);

/** What is remembered of one condition. */
export type RuleWatch = {
  sinceMs: number;
  open: boolean;
  toldMs: number;
  /** Since when it has not been so; null while it is, or while that is not known. */
  quietSinceMs: number | null;
};

/** What is remembered of one GPU between scrapes. */
export type HealthWatch = {
  known: LastKnown;
  /** What it called itself last; null while it has not said. */
  uuid: string | null;
  rules: ReadonlyMap<HealthCode, RuleWatch>;
};

/** A reason that goes on is told again this often, so that "last seen" stays true. */
export const tellAgainMs = 5 * 60_000;

/** The memory of a GPU that is seen for the first time, with the reasons that are open of it. */
export function newWatch(
  open: readonly { code: HealthCode; lastSeenMs: number; firstSeenMs: number }[] = [],
  known: LastKnown = nothingKnown,
): HealthWatch {
  return {
    ...{ known, uuid: null },
    rules: new Map(
      open.map(({ code, firstSeenMs, lastSeenMs }): [HealthCode, RuleWatch] => [
        code,
        { sinceMs: firstSeenMs, open: true, toldMs: lastSeenMs, quietSinceMs: null },
      ]),
    ),
  };
}

/** Takes one scrape of one GPU: what is remembered from now on, and what has changed. */
export function observeGpu(
  watch: HealthWatch,
  sample: GpuSample,
  atMs: number,
  settings: HealthSettings = asBuiltIn,
): { watch: HealthWatch; changes: HealthChange[] } {
  const uuid = sample.uuid ?? watch.uuid;
  // Another GPU stands in its place, or another exporter answers: its counters are not this one's.
  const isAnother = watch.uuid !== null && uuid !== watch.uuid;
  const { found, xids, known } = findConditions(
    sample,
    isAnother ? nothingKnown : watch.known,
    atMs,
    settings,
  );
  // An XID is a moment. That it has not come again is known as long as the gauge is.
  for (const code of watch.rules.keys()) {
    if (code.startsWith("xid_") && !found.has(code)) {
      found.set(code, sample.values.some((value) => value !== null) ? null : undefined);
    }
  }
  const { rules, changes } = advance(watch, found, {
    gpu: sample.gpu,
    uuid: sample.uuid ?? null,
    ...{ atMs, settings },
    times: (code) => xids.get(Number(code.slice("xid_".length))) ?? 1,
  });
  return { watch: { known, uuid, rules }, changes };
}

/** What is remembered of a node as a whole. */
export type NodeWatch = {
  sxids: LastSxids;
  /** What its GPUs have called themselves. */
  uuids: ReadonlySet<string>;
  rules: HealthWatch["rules"];
};

/**
 * Takes one scrape of a node as a whole: how many GPUs it named, of how many, and by what UUIDs; its
 * switches; and how many of these GPUs another node names as well (undefined where none has a UUID).
 */
export function observeNode(
  watch: NodeWatch,
  node: {
    seen: number;
    expected: number;
    uuids: ReadonlySet<string>;
    switches: readonly SwitchSample[];
    elsewhere?: number | undefined;
  },
  atMs: number,
  settings: HealthSettings = asBuiltIn,
): { watch: NodeWatch; changes: HealthChange[] } {
  const { seen, expected, uuids, switches, elsewhere } = node;
  const { found, known } = findSwitchConditions(switches, watch.sxids);
  found.set("gpu_missing", seen < expected ? { seen, expected } : null);
  found.set("gpus_elsewhere", elsewhere ? { elsewhere } : elsewhere === 0 ? null : undefined);
  const others = findOtherGpus(uuids, watch.uuids, expected);
  found.set("gpus_changed", others.found);
  const { rules, changes } = advance(watch, found, { gpu: wholeNode, uuid: null, atMs, settings });
  return { watch: { sxids: known, uuids: others.known, rules }, changes };
}

/**
 * Takes what was found of conditions: what is remembered of them from now on, and what has changed. A
 * condition that was not found out about stays as it was.
 */
export function advance(
  watch: Pick<HealthWatch, "rules">,
  found: ReadonlyMap<HealthCode, Finding>,
  of: {
    gpu: number;
    uuid: string | null;
    atMs: number;
    settings: HealthSettings;
    times?: (code: HealthCode) => number;
  },
): { rules: ReadonlyMap<HealthCode, RuleWatch>; changes: HealthChange[] } {
  const { gpu, uuid, atMs, settings, times = () => 1 } = of;
  const changes: HealthChange[] = [];
  let rules: Map<HealthCode, RuleWatch> | null = null;
  // Most scrapes of most GPUs change nothing: then nothing is copied.
  const edit = () => {
    rules ??= new Map(watch.rules);
    return rules;
  };
  for (const [code, told] of found) {
    const before = watch.rules.get(code);
    if (!told && !before) continue;
    const rule = ruleBy(code, settings);
    if (!rule) continue;
    // By a rule that is turned off nothing is so: what is open of it closes as if it were past.
    const finding = rule.enabled ? told : null;
    if (!finding && !before) continue;
    if (finding) {
      const since = before?.sinceMs ?? atMs;
      const wasOpen = before?.open ?? false;
      const opens = !wasOpen && atMs - since >= rule.opensAfterMs;
      // A flag that stays set is one occurrence, however often it is read.
      const happensAnew = rule.isMoment && !(isFlag(code) && before?.quietSinceMs === null);
      const isDue = wasOpen && atMs - (before?.toldMs ?? atMs) >= tellAgainMs;
      const isTold = opens || (wasOpen && happensAnew) || isDue;
      if (isTold) {
        changes.push({
          ...{ kind: "seen" as const, gpu, code, atMs, uuid, evidence: finding },
          sinceMs: since,
          occurrences: opens || happensAnew ? times(code) : 0,
        });
      }
      edit().set(code, {
        sinceMs: since,
        open: wasOpen || opens,
        toldMs: isTold ? atMs : (before?.toldMs ?? atMs),
        quietSinceMs: null,
      });
    } else if (before && !before.open) {
      edit().delete(code);
    } else if (before) {
      const quietSinceMs = finding === null ? (before.quietSinceMs ?? atMs) : null;
      const { closesAfterMs } = rule;
      if (quietSinceMs !== null && closesAfterMs !== null && atMs - quietSinceMs >= closesAfterMs) {
        changes.push({ kind: "quiet", gpu, code, atMs });
        edit().delete(code);
      } else if (quietSinceMs !== before.quietSinceMs) {
        edit().set(code, { ...before, quietSinceMs });
      }
    }
  }
  return { rules: rules ?? watch.rules, changes };
}

function isFlag(code: HealthCode): boolean {
  return code === "remap_failed";
}
