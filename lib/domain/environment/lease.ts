import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

// A lease is how long an environment may stay: when it is over, its nodes are given back. Counted in
// whole hours from the moment it is asked for.

/** What is offered to choose from, in hours. */
export const leaseChoices = [4, 24, 72, 168, 336, 720] as const;

/** The longest lease that can be written down, in hours: a year. */
export const mostLeaseHours = 8_760;

/** From when on a page says that an environment ends soon. */
export const endsSoonMs = 24 * 3_600_000;

/** The longest lease of several compute profiles, in hours: the shortest of their limits. Null: none. */
export function longestLease(limits: readonly (number | null)[]): number | null {
  const known = limits.filter((limit) => limit !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** The choices that a longest lease leaves, itself among them, shortest first. */
export function leasesWithin(longest: number | null): number[] {
  if (longest === null) return [...leaseChoices];
  return [...new Set([...leaseChoices.filter((hours) => hours < longest), longest])];
}

/** The lease asked for, null for one without an end; refused where the profiles set a shorter one. */
export function checkLease(
  hours: number | null,
  longest: number | null,
): Result<number | null, RefusalOf<"invalid_input">> {
  if (longest === null || (hours !== null && hours <= longest)) return ok(hours);
  const message = `These nodes are given for ${leaseWords(longest)} at most. It can be extended later.`;
  return refuse({ kind: "invalid_input", fields: { leaseHours: message } });
}

/**
 * The lease that a launch gets of these profiles, by their limits: what it asks for, or the longest there
 * is where it does not say (undefined). Refused as `checkLease` refuses.
 */
export function launchLease(
  asked: number | null | undefined,
  limits: readonly (number | null)[],
): Result<number | null, RefusalOf<"invalid_input">> {
  const longest = longestLease(limits);
  return checkLease(asked === undefined ? longest : asked, longest);
}

/** "4 hours", "1 day", "2 weeks". */
export function leaseWords(hours: number): string {
  if (hours % 168 === 0) return many(hours / 168, "week");
  if (hours % 24 === 0) return many(hours / 24, "day");
  return many(hours, "hour");
}

/** The same of a limit, which there need not be. */
export function longestLeaseWords(hours: number | null): string {
  return hours === null ? "no limit" : leaseWords(hours);
}

const many = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
