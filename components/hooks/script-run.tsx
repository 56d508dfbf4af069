import { CodeBlock } from "#components/ui/code-block";
import { FileLink } from "#components/ui/file-link";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { formatBytes, formatTook } from "#lib/client/format";
import type { Place } from "#lib/client/use-environment";
import type { ScriptRunState } from "#lib/domain/hook/script";
import type { ScriptRunView } from "#lib/schemas/environment-view";

const looks: Record<ScriptRunState, { kind: StateKind; word: string }> = {
  offered: { kind: "motion", word: "Ordered" },
  running: { kind: "motion", word: "Running" },
  succeeded: { kind: "ok", word: "Done" },
  failed: { kind: "critical", word: "Failed" },
};

/**
 * A script of a hook on one node: how it ended, and what it wrote, as it writes it.
 * @param place The project on whose page it stands; absent on those of operators.
 */
export function ScriptRun({ script, place }: { script: ScriptRunView; place?: Place | undefined }) {
  const { hostname, attempt, state, words, exitCode, log, startedAt, finishedAt } = script;
  const { leftOut, bytesLeftOut } = script;
  const isKeptNoLonger = finishedAt !== null && script.logBytes > 0;
  const facts = [
    exitCode !== null && `exit code ${exitCode}`,
    startedAt && finishedAt && `took ${formatTook(Date.parse(finishedAt) - Date.parse(startedAt))}`,
    attempt > 1 && `attempt ${attempt}`,
  ].filter(Boolean);
  return (
    <div>
      <h3 className="mb-1 flex flex-wrap items-center gap-x-2 text-xs">
        <span className="font-mono">{hostname}</span>
        <StateBadge {...looks[state]} />
        <span className="text-faint">{facts.join(", ")}</span>
      </h3>
      {words && words !== "done" && <p className="mb-1 text-sm">{words}</p>}
      {leftOut > 0 && (
        <p className="mb-1 text-faint text-xs">
          The last 8,000 characters; {leftOut.toLocaleString("en")} stand before them.
          {bytesLeftOut > 0 &&
            ` Of its middle ${formatBytes(bytesLeftOut)} are not kept: its first and its last 32\u00a0KiB are.`}
        </p>
      )}
      {log ? (
        <>
          <CodeBlock code={log} label={`Log of ${hostname}`} />
          <p className="mt-1">
            <FileLink href={logHref(script.id, place)}>{wholeWords(script)}</FileLink>
          </p>
        </>
      ) : (
        <p className="text-faint text-xs">
          {state === "offered"
            ? "The node has not begun it yet."
            : isKeptNoLonger
              ? "What it wrote is kept no longer."
              : "It has written nothing."}
        </p>
      )}
    </div>
  );
}

function logHref(id: string, place: Place | undefined): string {
  const of = place ? `?${new URLSearchParams(place)}` : "";
  return `/api/script-logs/${id}${of}`;
}

function wholeWords({ state, bytesLeftOut }: ScriptRunView): string {
  if (bytesLeftOut > 0) return "Download what is kept of the log";
  return state === "running" ? "Download the log so far" : "Download the whole log";
}
