import { type ConditionCode, type HealthRule, healthRule } from "#lib/domain/health/rules";
import type { HealthSeverity } from "#lib/domain/health/severity";

/** What operators have changed of a rule; null is as it is built in. */
export type RuleSetting = {
  enabled: boolean | null;
  severity: HealthSeverity | null;
  opensAfterMs: number | null;
  closesAfterMs: number | null;
  threshold: number | null;
};

/** By code; a rule that is not in it is as it is built in. */
export type HealthSettings = ReadonlyMap<string, RuleSetting>;

export const asBuiltIn: HealthSettings = new Map();

/** A number that a rule compares with: its unit, its bounds, and what it means. */
export type Threshold = {
  usual: number;
  unit: string;
  least: number;
  most: number;
  words: string;
  /** What is so of one that was set, where that is something else. */
  whenSet?: string;
};

export const thresholds = {
  hot: {
    ...{ usual: 80, unit: "°C", least: 40, most: 110 },
    words: "Above it; where the GPU tells its limit, within 5 °C of that.",
    whenSet: "Above it, whatever the GPU tells.",
  },
  too_hot: {
    ...{ usual: 85, unit: "°C", least: 40, most: 110 },
    words: "Above it; where the GPU tells its limit, above that.",
    whenSet: "Above it, whatever the GPU tells.",
  },
  nvlink_down: {
    ...{ usual: 0, unit: "links", least: 0, most: 63 },
    words: "More links down than that, of a GPU that has or had one that is up.",
  },
  pcie_replays: {
    ...{ usual: 8, unit: "a minute", least: 1, most: 100_000 },
    words: "More replays than that, over ten minutes.",
  },
  thermal_throttle: {
    ...{ usual: 10, unit: "%", least: 1, most: 100 },
    words: "Throttled at this moment, or for that share of the time since the last scrape.",
  },
} as const satisfies Partial<Record<ConditionCode, Threshold>>;
export type ThresholdCode = keyof typeof thresholds;

/** The threshold of a code; undefined where the rule has none. */
export function thresholdOf(code: string): Threshold | undefined {
  return Object.hasOwn(thresholds, code) ? thresholds[code as ThresholdCode] : undefined;
}

/** A rule as it is judged by. */
export type SetRule = HealthRule & {
  enabled: boolean;
  /** True of what happens at a moment, and does not last. */
  isMoment: boolean;
};

/** The rule of a code with what operators have changed of it; undefined when there is none of that name. */
export function ruleBy(code: string, settings: HealthSettings): SetRule | undefined {
  const rule = healthRule(code);
  if (!rule) return undefined;
  const setting = settings.get(code);
  return {
    ...rule,
    enabled: setting?.enabled ?? true,
    isMoment: rule.opensAfterMs === 0,
    severity: setting?.severity ?? rule.severity,
    opensAfterMs: setting?.opensAfterMs ?? rule.opensAfterMs,
    closesAfterMs: setting?.closesAfterMs ?? rule.closesAfterMs,
  };
}

/** The longest time that a rule can be given. */
export const longestRuleMs = 24 * 3_600_000;

/** What is wrong with a setting of a rule that there is, by field, in sentences; nothing when it can be kept. */
export function whyNotSet(code: string, setting: RuleSetting): Record<string, string> {
  const rule = healthRule(code);
  const threshold = thresholdOf(code);
  const wrong: Record<string, string> = {};
  const isTime = (ms: number) => Number.isInteger(ms) && ms >= 0 && ms <= longestRuleMs;
  if (setting.opensAfterMs !== null) {
    if (rule?.opensAfterMs === 0) {
      wrong.opensAfterSeconds = "What happens at a moment opens at once: leave this empty.";
    } else if (!isTime(setting.opensAfterMs)) {
      wrong.opensAfterSeconds = "Enter a time from 0 seconds to 24 hours.";
    }
  }
  if (setting.closesAfterMs !== null) {
    if (rule?.closesAfterMs === null) {
      wrong.closesAfterSeconds = "Only an operator declares this past: leave this empty.";
    } else if (rule?.closesAfterMs === 0) {
      wrong.closesAfterSeconds = "This is past with the first answer: leave this empty.";
    } else if (!isTime(setting.closesAfterMs)) {
      wrong.closesAfterSeconds = "Enter a time from 0 seconds to 24 hours.";
    }
  }
  if (setting.threshold !== null) {
    if (!threshold) wrong.threshold = "This rule compares with no number: leave this empty.";
    else if (!(setting.threshold >= threshold.least && setting.threshold <= threshold.most)) {
      wrong.threshold = `Enter a number from ${threshold.least} to ${threshold.most} (${threshold.unit}).`;
    }
  }
  // Else one tenant's exporter could keep another tenant's node from being given out.
  if (code === "gpus_elsewhere" && setting.severity === "critical") {
    wrong.severity = "This stays a warning: it is one exporter's word about another node.";
  }
  return wrong;
}
