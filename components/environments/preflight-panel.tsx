import type { ReactNode } from "react";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { SkeletonRows } from "#components/ui/skeleton";
import { StateGlyph } from "#components/ui/state-text";
import { formatClock } from "#lib/client/format";
import type { LaunchPreflight, PreflightCheck } from "#lib/schemas/environment-view";

const looks = {
  ok: { kind: "ok", word: "Passes" },
  warn: { kind: "attention", word: "Note" },
  no: { kind: "critical", word: "Stops the launch" },
} as const;

/** What a launch would meet now: each check with its verdict, in words, and a way out. */
export function PreflightPanel({
  preflight,
  extra,
  failing,
  children,
}: {
  preflight: LaunchPreflight | undefined;
  /** Checks that the form makes by itself. */
  extra: readonly PreflightCheck[];
  failing: boolean;
  /** Below the checks: meters, the launch button. */
  children?: ReactNode;
}) {
  const checks = preflight ? [...preflight.checks, ...extra] : [];
  return (
    <Panel
      title="Preflight"
      meta={
        preflight && (
          <>
            checked <RelativeTime at={preflight.readAt} focusable={false} />
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {failing && (
          <p role="status" className="text-attention text-xs">
            The checks could not be made just now. They are tried again.
          </p>
        )}
        {!preflight && !failing && <SkeletonRows label="Checking" rows={4} />}
        <ul className="flex flex-col gap-2.5" aria-label="Checks">
          {checks.map((check) => {
            const look = looks[check.verdict];
            return (
              <li key={check.id} className="grid grid-cols-[0.75rem_minmax(0,1fr)] gap-2 text-sm">
                <StateGlyph kind={look.kind} className="mt-[5px]" />
                <div className="min-w-0">
                  <p className="break-words">
                    <span className="font-medium">{check.title}</span>{" "}
                    <span className="sr-only">{look.word}. </span>
                    <span className="text-muted">{check.words}</span>
                  </p>
                  {check.wayOut && <p className="text-muted text-xs">{check.wayOut}</p>}
                  {check.onHold && (
                    <p className="text-muted text-xs">{onHoldWords(check.onHold)}</p>
                  )}
                </div>
              </li>
            );
          })}
        </ul>
        {children}
      </div>
    </Panel>
  );
}

/** To the minute, rounded up: at the latest then. Whoever has them on hold may launch with them. */
function onHoldWords({ nodes, enough, at }: NonNullable<PreflightCheck["onHold"]>): string {
  const latest = formatClock(Math.ceil(Date.parse(at) / 60_000) * 60_000);
  const who = nodes === 1 ? "1 more is on hold" : `${nodes} more are on hold`;
  const free = nodes === 1 ? "free again" : enough ? "enough of them free again" : "all free again";
  return `${who} for others, and ${free} at ${latest} at the latest unless they are launched.`;
}
