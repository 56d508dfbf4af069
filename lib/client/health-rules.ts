import { type RuleGroup, ruleGroupOf, ruleGroups } from "#lib/domain/health/rule-groups";
import type { HealthCode } from "#lib/domain/health/rules";
import type { RuleFilter } from "#lib/schemas/lists";

type Rule = {
  code: HealthCode;
  title: string;
  advice: string;
  source: string;
  now: { enabled: boolean; severity: "warning" | "critical" };
  changed: object | null;
};

/** Those of the rules that a page asks for: `q` is a part of title, code, advice or source. */
export function shownRules<Of extends Rule>(
  rules: readonly Of[],
  { show, q }: { show?: RuleFilter; q?: string },
): Of[] {
  const part = q?.toLowerCase() ?? "";
  return rules.filter(({ code, title, advice, source, now, changed }) => {
    const asked = {
      changed: changed !== null,
      off: !now.enabled,
      critical: now.enabled && now.severity === "critical",
      warning: now.enabled && now.severity === "warning",
    };
    if (show && !asked[show]) return false;
    return [code, title, advice, source].some((text) => text.toLowerCase().includes(part));
  });
}

/** Rules of one group, and what all of them have in common; null where they differ. */
export type GroupedRules<Of> = {
  group: RuleGroup;
  label: string;
  rules: Of[];
  shared: { advice: string | null; source: string | null };
};

/** Rules by what they are about, in the order of the groups; a group without one is left out. */
export function groupedRules<Of extends Rule>(rules: readonly Of[]): GroupedRules<Of>[] {
  const byGroup = Map.groupBy(rules, ({ code }) => ruleGroupOf(code));
  return (Object.entries(ruleGroups) as [RuleGroup, string][]).flatMap(([group, label]) => {
    const those = byGroup.get(group);
    if (!those) return [];
    const shared = { advice: sharedOf(those, "advice"), source: sharedOf(those, "source") };
    return [{ group, label, rules: those, shared }];
  });
}

/** What every one of several rules says; of one alone nothing is shared. */
function sharedOf(rules: readonly Rule[], what: "advice" | "source"): string | null {
  const [first] = rules;
  if (!first || rules.length < 2) return null;
  return rules.every((rule) => rule[what] === first[what]) ? first[what] : null;
}
