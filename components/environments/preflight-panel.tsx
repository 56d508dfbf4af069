import type { Route } from "next";
import type { ReactNode } from "react";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { SkeletonRows } from "#components/ui/skeleton";
import { StateGlyph } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
import { formatClock } from "#lib/client/format";
import type { PreflightCheck } from "#lib/schemas/environment-view";

const looks = {
  ok: { kind: "ok", word: "Passes" },
  warn: { kind: "attention", word: "Note" },
  no: { kind: "critical", word: "Stops the launch" },
} as const;

type Props = {
  checks: readonly PreflightCheck[];
  /** When they were made; null before the first time. */
  readAt: string | null;
  /** `checking`: what is shown was found of the form as it was before. */
  state: "checking" | "made" | "failing";
  /** Where one reads who has what quota, and asks for more. */
  quotaHref: Route;
  /** Below the checks: meters, the launch button. */
  children?: ReactNode;
};

/** What a launch would meet now: each check with its verdict, in words, and a way out. */
export function PreflightPanel({ checks, readAt, state, quotaHref, children }: Props) {
  return (
    <Panel
      title="Preflight"
      meta={
        state === "checking"
          ? "checking…"
          : readAt && (
              <>
                checked <RelativeTime at={readAt} focusable={false} />
              </>
            )
      }
    >
      <div className="flex flex-col gap-4">
        {state === "failing" && (
          <p role="status" className="text-attention text-xs">
            The checks could not be made just now. They are tried again.
          </p>
        )}
        {checks.length === 0 && state !== "failing" && <SkeletonRows label="Checking" rows={4} />}
        <ul
          className="flex flex-col gap-2.5"
          aria-label="Checks"
          aria-busy={state === "checking" || undefined}
        >
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
                  {check.wayOut && (
                    <p className="text-muted text-xs">
                      {check.wayOut}{" "}
                      {check.id.startsWith("quota-") && check.verdict === "no" && (
                        <TextLink href={quotaHref}>See the quota</TextLink>
                      )}
                    </p>
                  )}
                  {check.onHold && (
                    <p className="text-muted text-xs">{onHoldWords(check.onHold)}</p>
                  )}
                  {check.leases && (
                    <p className="text-muted text-xs">
                      <LeaseWords {...check.leases} />
                    </p>
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

/** About when: a lease can be made longer, and a node is wiped and checked after it. */
function LeaseWords({ enough, at }: NonNullable<PreflightCheck["leases"]>) {
  return (
    <>
      {enough ? "Enough are" : "Some more, not enough, are"} free by about{" "}
      <RelativeTime at={at} form="absolute" /> at the latest, if nothing is extended.
    </>
  );
}

/** To the minute, rounded up: at the latest then. Whoever has them on hold may launch with them. */
function onHoldWords({ nodes, enough, at }: NonNullable<PreflightCheck["onHold"]>): string {
  const latest = formatClock(Math.ceil(Date.parse(at) / 60_000) * 60_000);
  const who = nodes === 1 ? "1 more is on hold" : `${nodes} more are on hold`;
  const free = nodes === 1 ? "free again" : enough ? "enough of them free again" : "all free again";
  return `${who} for others, and ${free} at ${latest} at the latest unless they are launched.`;
}
