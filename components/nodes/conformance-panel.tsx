import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import {
  type ConformanceReport,
  type ConformanceRow,
  countVerdicts,
  worstWords,
} from "#lib/domain/node/conformance";

const verdictLooks = {
  pass: { kind: "ok", word: "Offered" },
  warn: { kind: "attention", word: "Missing" },
  fail: { kind: "critical", word: "Missing, needed" },
  unknown: { kind: "neutral", word: "Not known" },
} as const;

const order = { fail: 0, warn: 1, unknown: 2, pass: 3 } as const;

/** What the controller offers of the standard: what is missing first, the rest on demand. */
export function ConformanceReportPanel({ report }: { report: ConformanceReport }) {
  const counts = countVerdicts(report);
  const rows = report.rows.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  const gaps = rows.filter(({ verdict }) => verdict !== "pass");
  const offered = rows.filter(({ verdict }) => verdict === "pass");
  return (
    <Panel
      id="conformance"
      title="What the controller offers"
      meta={`${counts.pass} of ${report.rows.length} parts of Redfish that Ingot uses`}
      padded={false}
    >
      <p className="px-4 py-3 text-sm">{worstWords(report)}</p>
      {gaps.length > 0 && (
        <div className="border-line border-t">
          <RowTable label="Parts that are missing or not known" rows={gaps} />
        </div>
      )}
      {offered.length > 0 && (
        <details className="border-line border-t">
          <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
            Offered <span className="text-faint text-xs">{offered.length} parts</span>
          </summary>
          <RowTable label="Parts that are offered" rows={offered} />
        </details>
      )}
    </Panel>
  );
}

function RowTable({ label, rows }: { label: string; rows: ConformanceRow[] }) {
  return (
    <DataTable
      label={label}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          id: "part",
          header: "Part",
          rowHeader: true,
          cell: (row) => (
            <>
              {row.part}
              {row.effect && (
                <span className="block text-muted text-xs">
                  {row.verdict === "unknown" ? "If it is missing: " : "So "}
                  {row.effect}
                </span>
              )}
            </>
          ),
        },
        // Under "Offered" it would say the same in every row.
        ...(rows.some(({ verdict }) => verdict !== "pass")
          ? [
              {
                id: "verdict",
                header: "Verdict",
                cell: (row: ConformanceRow) => <StateBadge {...verdictLooks[row.verdict]} />,
              },
            ]
          : []),
        {
          id: "answer",
          header: "Answer",
          cell: (row) => (
            <span className="block max-w-xl break-words font-mono text-xs">
              {row.answer}
              {row.path && <span className="block break-all text-faint">{row.path}</span>}
            </span>
          ),
        },
      ]}
    />
  );
}
