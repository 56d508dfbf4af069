import { DryRunCalls } from "#components/dry-runs/dry-run-calls";
import { RelativeTime } from "#components/ui/relative-time";
import type { DryRunView } from "#lib/schemas/dry-run-view";

/** The newest dry run, and those before it folded. */
export function DryRunResults({ runs }: { runs: readonly DryRunView[] }) {
  const [newest, ...earlier] = runs;
  if (!newest) {
    return <p className="px-4 py-3 text-muted text-sm">No provider was asked yet.</p>;
  }
  return (
    <>
      <p className="px-4 py-2 text-muted text-xs">
        <Asked run={newest} />
        {newest.isOpen && (
          <>
            {" "}
            What is not asked <RelativeTime at={newest.deadlineAt} focusable={false} /> is not asked
            any more.
          </>
        )}
      </p>
      <DryRunCalls calls={newest.calls} label="Answers of the providers" />
      {earlier.map((run) => (
        <details key={run.id} className="border-line border-t">
          <summary className="cursor-pointer px-4 py-2.5 text-muted text-sm">
            <Asked run={run} />
          </summary>
          <DryRunCalls calls={run.calls} label={`Answers of the earlier dry run ${run.id}`} />
        </details>
      ))}
    </>
  );
}

function Asked({ run }: { run: DryRunView }) {
  return (
    <>
      Asked by {run.requestedByName}, <RelativeTime at={run.createdAt} focusable={false} />.
    </>
  );
}
