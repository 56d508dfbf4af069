"use client";

import { type RuleRow, RuleTable, type RuleTableProps } from "#components/health/rule-table";
import { formatQuantity } from "#lib/client/format";
import { groupedRules } from "#lib/client/health-rules";

/** Rules by what they are about, each group folded away; open where they were looked for. */
export function RuleGroups({
  rows,
  isFiltered,
  ...acts
}: { rows: readonly RuleRow[]; isFiltered: boolean } & Pick<
  RuleTableProps,
  "readOnly" | "change" | "reset"
>) {
  return groupedRules(rows).map(({ group, label, rules, shared }) => (
    <details
      // Another way of looking opens and closes anew what was opened by hand.
      key={`${group} ${isFiltered}`}
      open={isFiltered}
      className="border-line border-t first:border-t-0"
    >
      <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
        <span className="font-medium">{label}</span>{" "}
        <span className="text-faint text-xs">{countWords(rules)}</span>
      </summary>
      {(shared.advice ?? shared.source) !== null && (
        <p className="max-w-prose px-4 pb-2 text-muted text-xs">
          {shared.advice}
          {shared.source !== null && <span className="block text-faint">{shared.source}</span>}
        </p>
      )}
      <RuleTable label={label} rows={rules} shared={shared} {...acts} />
    </details>
  ));
}

function countWords(rules: readonly RuleRow[]): string {
  const changed = rules.filter((rule) => rule.changed).length;
  const off = rules.filter((rule) => !rule.now.enabled).length;
  return [
    formatQuantity(rules.length, "rule"),
    changed > 0 && `${changed} changed`,
    off > 0 && `${off} off`,
  ]
    .filter((words) => words !== false)
    .join(", ");
}
