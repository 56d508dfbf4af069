import type { NotificationKind } from "#lib/domain/notification/notification";

/** When a person wants mail. Times are minutes since midnight on the clocks of their zone. */
export type MailTimes = {
  timeZone: string;
  /** From when until when mail waits; over midnight where `until` is the smaller. Null: never. */
  quiet: { from: number; until: number } | null;
  /** When the daily digest comes. */
  digestAt: number;
};

/** Of whoever has chosen nothing. */
export const usualMailTimes: MailTimes = { timeZone: "UTC", quiet: null, digestAt: 8 * 60 };

/** What is mailed at once at any hour: somebody may have to act before the morning. */
export const urgentKinds: readonly NotificationKind[] = [
  "account.changed",
  "token.in_two_places",
  "health.critical",
  "operation.stuck",
];

const dayMs = 86_400_000;
const minuteMs = 60_000;

/**
 * When mail may go that comes at `atMs`: null at once, else the moment at which the clocks of the
 * zone next read the end of the quiet hours. Where clocks jump over that minute it is the jump.
 */
export function quietUntil(times: MailTimes, atMs: number): number | null {
  if (!times.quiet) return null;
  const { until } = times.quiet;
  const wall = wallOf(times.timeZone, atMs);
  const minute = minuteOf(wall);
  if (!quietAt(times.quiet, minute)) return null;
  const midnight = wall - (wall % dayMs);
  const end = midnight + until * minuteMs + (minute < until ? 0 : dayMs);
  return instantsOf(times.timeZone, end).find((instant) => instant > atMs) ?? null;
}

/**
 * When the digest comes that something of `atMs` is in: the next time of the person's, once a day,
 * and not before their quiet hours are over.
 */
export function nextDigest(times: MailTimes, atMs: number): number {
  const wall = wallOf(times.timeZone, atMs);
  const today = wall - (wall % dayMs) + times.digestAt * minuteMs;
  const days = [today, today + dayMs, today + 2 * dayMs];
  // Where clocks read it twice a day, the first time is the one.
  const due = days
    .flatMap((day) => instantsOf(times.timeZone, day).slice(0, 1))
    .find((instant) => instant > atMs);
  if (due === undefined) throw new Error(`no day after ${atMs} in ${times.timeZone}`);
  return quietUntil(times, due) ?? due;
}

/** "Mail waits from 22:00 to 07:00, Europe/Berlin." and what else is so. */
export function mailTimesWords(times: MailTimes): string[] {
  const { quiet, digestAt, timeZone } = times;
  const isHeld = quiet !== null && quietAt(quiet, digestAt);
  return [
    quiet
      ? `Mail waits from ${clockText(quiet.from)} to ${clockText(quiet.until)}, ${timeZone}.`
      : "Mail comes at any hour.",
    isHeld && quiet
      ? `The daily digest would be at ${clockText(digestAt)} and comes at ${clockText(quiet.until)}, when quiet hours are over.`
      : `The daily digest comes at ${clockText(digestAt)}, ${timeZone}, on days on which there is something in it.`,
  ];
}

/** "07:05", of minutes since midnight. */
export function clockText(minute: number): string {
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** True for a zone that this runtime knows, by its name in the tz database. */
export function isTimeZone(name: string): boolean {
  try {
    return newClock(name) !== undefined;
  } catch {
    return false;
  }
}

const two = (value: number) => String(value).padStart(2, "0");

function quietAt({ from, until }: { from: number; until: number }, minute: number): boolean {
  return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}

const minuteOf = (wall: number) => Math.floor((wall % dayMs) / minuteMs);

/** The moments at which clocks of the zone read a time, in order: one, two, or the jump over it. */
function instantsOf(timeZone: string, wall: number): number[] {
  const offsets = [wall - dayMs, wall + dayMs].map((near) => wallOf(timeZone, near) - near);
  const [before = 0, after = 0] = offsets;
  const found = [...new Set([wall - before, wall - after])]
    .filter((instant) => wallOf(timeZone, instant) === wall)
    .sort((a, b) => a - b);
  if (found.length > 0) return found;
  // The clocks jump over it: halve the time in which they do until the minute is left.
  let [early, late] = [wall - after, wall - before];
  while (late - early > minuteMs) {
    const middle = early + Math.floor((late - early) / 2 / minuteMs) * minuteMs;
    if (wallOf(timeZone, middle) - middle === before) early = middle;
    else late = middle;
  }
  return [late];
}

/** What clocks of the zone read at a moment, as if it were UTC. */
function wallOf(timeZone: string, atMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of clockIn(timeZone).formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (atMs % 1000);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** More than there are zones, and a bound: people choose the names, which may be spelt in any case. */
const mostClocks = 1_000;

function clockIn(timeZone: string): Intl.DateTimeFormat {
  const clock = clocks.get(timeZone) ?? newClock(timeZone);
  if (clocks.size < mostClocks) clocks.set(timeZone, clock);
  return clock;
}

function newClock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    ...{ year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" },
  });
}
