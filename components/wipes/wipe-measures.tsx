import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import { measureWords } from "#lib/client/baseline-words";
import type { WipeMeasure } from "#lib/domain/node/wipe-measure";

const looks = {
  done: { kind: "ok", word: "Done" },
  ordered: { kind: "neutral", word: "Ordered" },
  not_offered: { kind: "neutral", word: "Not offered" },
  not_applied: { kind: "critical", word: "Not applied" },
  failed: { kind: "critical", word: "Failed" },
  off: { kind: "neutral", word: "Not asked for" },
} as const;

/** What a wipe did beside the drives, one row each; nothing for one from before that was kept. */
export function WipeMeasures({ label, measures }: { label: string; measures: WipeMeasure[] }) {
  if (measures.length === 0) return null;
  return (
    <div className="border-line border-t">
      <DataTable
        label={label}
        rows={measures}
        rowKey={(measure) => measure.kind}
        columns={[
          {
            id: "measure",
            header: "Beside the drives",
            rowHeader: true,
            cell: (measure) => measureWords[measure.kind],
          },
          {
            id: "outcome",
            header: "Result",
            cell: (measure) => <StateBadge {...looks[measure.outcome]} />,
          },
          { id: "words", header: "What was done", cell: (measure) => measure.words },
        ]}
      />
    </div>
  );
}
