import type { Inspection } from "#components/inspections/inspection-looks";
import { CodeBlock } from "#components/ui/code-block";
import { StateBadge } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { formatCount, formatTook } from "#lib/client/format";
import { burnInWords } from "#lib/domain/inspection/burn-in";

type Test = Inspection["tests"][number];

const resultLooks = {
  pass: { kind: "ok", word: "Passed" },
  warn: { kind: "attention", word: "Passed, with a warning" },
  fail: { kind: "critical", word: "Failed" },
  not_run: { kind: "neutral", word: "Not run" },
} as const satisfies Record<Test["result"], { kind: string; word: string }>;

const columns: Column<Test>[] = [
  {
    id: "test",
    header: "Test",
    rowHeader: true,
    cell: ({ test }) => {
      const words = burnInWords[test];
      return words.charAt(0).toUpperCase() + words.slice(1);
    },
  },
  {
    id: "result",
    header: "Result",
    cell: ({ result, words }) => (
      <>
        <StateBadge {...resultLooks[result]} />
        {words && <span className="block text-muted text-xs">{words}</span>}
      </>
    ),
  },
  {
    id: "figures",
    header: "Measured",
    cell: ({ figures }) =>
      figures.length === 0 ? (
        <span className="text-faint">nothing</span>
      ) : (
        figures
          .map(({ name, value, unit }) => `${name} ${formatCount(value)}${unit ? ` ${unit}` : ""}`)
          .join(", ")
      ),
  },
  {
    id: "took",
    header: "Took",
    align: "end",
    cell: ({ startedAt, endedAt }) => formatTook(Date.parse(endedAt) - Date.parse(startedAt)),
  },
  {
    id: "log",
    header: "Log",
    cell: ({ test, log }) =>
      log.trim() === "" ? (
        <span className="text-faint">empty</span>
      ) : (
        <details>
          <summary className="cursor-pointer text-muted text-xs">
            Show<span className="sr-only"> the log of {burnInWords[test]}</span>
          </summary>
          <CodeBlock label={`log of ${burnInWords[test]}`} code={log.trimEnd()} />
        </details>
      ),
  },
];

/** The tests of one burn-in, one row each, with what was measured and the end of what it wrote. */
export function BurnInTable({ label, tests }: { label: string; tests: Test[] }) {
  return <DataTable label={label} columns={columns} rows={tests} rowKey={({ test }) => test} />;
}
