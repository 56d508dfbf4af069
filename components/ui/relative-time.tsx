"use client";

import { Tooltip } from "#components/ui/tooltip";
import { classNames } from "#lib/client/class-names";
import { formatDuration, formatLocal, formatRelative, formatUtc } from "#lib/client/format";
import { useNow } from "#lib/client/use-now";

export type RelativeTimeProps = {
  /** ISO instant. */
  at: string;
  /**
   * `relative`: "3 min ago" (default). `since`: "3 min" for after "since"/"for".
   * `absolute`: the date and time on the reader's clock.
   */
  form?: "relative" | "since" | "absolute";
  /** False takes it out of the tab order, for long tables of instants. */
  focusable?: boolean;
  className?: string;
};

/** An instant on the reader's clock, its UTC on hover and focus. The server, which knows no time zone, writes UTC. */
export function RelativeTime({
  at,
  form = "relative",
  focusable = true,
  className,
}: RelativeTimeProps) {
  const now = useNow(1_000);
  const atMs = Date.parse(at);
  const utc = formatUtc(at, "seconds");
  const time = (
    <time
      dateTime={at}
      tabIndex={focusable ? 0 : undefined}
      className={classNames("whitespace-nowrap rounded-sm", className)}
    >
      {now === null ? formatUtc(at) : localText(atMs, now, form)}
    </time>
  );
  if (now === null) return time;
  return (
    <Tooltip
      content={
        <span className="grid grid-cols-[auto_1fr] gap-x-2 font-mono">
          <span className="text-faint">UTC</span>
          <span>{utc.slice(0, -4)}</span>
          <span className="text-faint">Local</span>
          <span>{formatLocal(at, "seconds")}</span>
        </span>
      }
    >
      {time}
    </Tooltip>
  );
}

function localText(atMs: number, nowMs: number, form: "relative" | "since" | "absolute"): string {
  if (form === "absolute") return formatLocal(atMs);
  const relative = formatRelative(atMs, Math.max(nowMs, 0));
  if (form === "relative") return relative;
  const elapsed = nowMs - atMs;
  return elapsed < 5_000 ? "just now" : relative.replace(/ ago$/, "");
}

/** "in 20 s" until an instant (ISO), then "any moment": for a next try or an expiry. */
export function Countdown({ until }: { until: string }) {
  const now = useNow(1_000);
  if (now === null) return <time dateTime={until}>at {formatUtc(until)}</time>;
  const left = Date.parse(until) - now;
  return <time dateTime={until}>{left <= 0 ? "any moment" : `in ${formatDuration(left)}`}</time>;
}
