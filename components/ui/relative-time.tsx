"use client";

import { Tooltip } from "#components/ui/tooltip";
import { classNames } from "#lib/client/class-names";
import {
  formatDuration,
  formatLocal,
  formatRelative,
  formatSpan,
  formatUtc,
} from "#lib/client/format";
import { useNow } from "#lib/client/use-now";

export type RelativeTimeProps = {
  /** ISO instant. */
  at: string;
  /**
   * - `relative`: "3 min ago", "in 2 h" (default).
   * - `for`: "for 3 min": how long something has been so.
   * - `since`: "3 min", the same without the word.
   * - `absolute`: the date and time on the reader's clock, to the second.
   */
  form?: "relative" | "for" | "since" | "absolute";
  /** False takes it out of the tab order, for long tables of instants. */
  focusable?: boolean;
  className?: string;
};

const calmMs = 15_000;

/**
 * An instant on the reader's clock, its UTC on hover and focus. The server, which does not know the
 * reader's time zone, writes UTC.
 */
export function RelativeTime({
  at,
  form = "relative",
  focusable = true,
  className,
}: RelativeTimeProps) {
  const atMs = Date.parse(at);
  // Seconds are counted only while they are what is shown.
  const calm = useNow(calmMs);
  const young = calm !== null && Math.abs(calm - atMs) < 60_000 + calmMs;
  const now = useNow(young ? 1_000 : calmMs);
  const time = (
    <time
      dateTime={at}
      tabIndex={focusable ? 0 : undefined}
      className={classNames("whitespace-nowrap rounded-sm", className)}
    >
      {now === null ? serverText(at, form) : readerText(atMs, now, form)}
    </time>
  );
  if (now === null) return time;
  return (
    <Tooltip
      content={
        <span className="grid grid-cols-[auto_1fr] gap-x-2 font-mono">
          <span className="text-faint">UTC</span>
          <span>{formatUtc(at, "seconds").slice(0, -4)}</span>
          <span className="text-faint">Local</span>
          <span>{formatLocal(at, "seconds")}</span>
        </span>
      }
    >
      {time}
    </Tooltip>
  );
}

type Form = NonNullable<RelativeTimeProps["form"]>;

function serverText(at: string, form: Form): string {
  if (form === "absolute") return formatUtc(at, "seconds");
  return form === "for" ? `since ${formatUtc(at)}` : formatUtc(at);
}

function readerText(atMs: number, nowMs: number, form: Form): string {
  switch (form) {
    case "absolute":
      return formatLocal(atMs, "seconds");
    case "relative":
      return formatRelative(atMs, nowMs);
    case "for":
      return `for ${elapsed(atMs, nowMs)}`;
    case "since":
      return elapsed(atMs, nowMs);
  }
}

/** Never below zero: the reader's clock may be behind the server's. */
function elapsed(atMs: number, nowMs: number): string {
  return formatSpan(Math.max(0, nowMs - atMs));
}

export type CountdownProps = {
  /** ISO instant. */
  until: string;
};

/** "in 20 s" until an instant, then "any moment": for a next try or an expiry. */
export function Countdown({ until }: CountdownProps) {
  const now = useNow(1_000);
  if (now === null) return <time dateTime={until}>at {formatUtc(until)}</time>;
  const left = Date.parse(until) - now;
  return <time dateTime={until}>{left <= 0 ? "any moment" : `in ${formatDuration(left)}`}</time>;
}
