import { expect, test } from "vitest";
import { groupedRules, shownRules } from "#lib/client/health-rules";
import { type HealthCode, healthCodes, healthRule } from "#lib/domain/health/rules";

function ruleOf(code: HealthCode, now: { enabled?: boolean; changed?: object } = {}) {
  const rule = healthRule(code);
  if (!rule) throw new Error(`there is no rule ${code}`);
  const { title, advice, source, severity } = rule;
  const { enabled = true, changed = null } = now;
  return { code, title, advice, source, now: { enabled, severity }, changed };
}

test("every rule stands in one group, and what XIDs of a group have in common is said once", () => {
  const groups = groupedRules(healthCodes.map((code) => ruleOf(code)));
  expect(
    groups.map(({ group, rules, shared }) => [group, rules.length, shared.advice !== null]),
  ).toEqual([
    ["memory", 3, false],
    ["heat", 6, false],
    ["links", 6, false],
    ["presence", 4, false],
    ["controller", 7, false],
    ["boot", 1, false],
    ["xid_node", 26, true],
    ["xid_program", 16, true],
  ]);
  expect(groups.flatMap(({ rules }) => rules.map(({ code }) => code)).sort()).toEqual(
    healthCodes.toSorted(),
  );
  expect(groups.at(-1)?.shared.source).toBe("NVIDIA's Xid catalogue");
  // Beside one rule alone stands its own advice.
  expect(groupedRules([ruleOf("xid_79")])).toMatchObject([{ shared: { advice: null } }]);
});

test("rules are found by what was changed, by severity and by any word of theirs", () => {
  const rules = [
    ruleOf("hot", { changed: {} }),
    ruleOf("xid_79"),
    ruleOf("xid_31", { enabled: false, changed: {} }),
    ruleOf("exporter_silent"),
  ];
  const found = (asked: Parameters<typeof shownRules>[1]) =>
    shownRules(rules, asked).map(({ code }) => code);
  expect(found({})).toHaveLength(4);
  expect(found({ show: "changed" })).toEqual(["hot", "xid_31"]);
  expect(found({ show: "off" })).toEqual(["xid_31"]);
  expect(found({ show: "critical" })).toEqual(["xid_79"]);
  expect(found({ show: "warning" })).toEqual(["hot", "exporter_silent"]);
  expect(found({ q: "FALLEN off" })).toEqual(["xid_79"]);
  expect(found({ q: "xid_" })).toEqual(["xid_79", "xid_31"]);
  expect(found({ show: "changed", q: "xid" })).toEqual(["xid_31"]);
  expect(found({ q: "no such rule" })).toEqual([]);
});
