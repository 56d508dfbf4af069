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

/** What limits a lease: the template by itself, and the profiles of its groups. In hours; null for no limit. */
export type LeaseTerms = {
  longestLeaseHours: number | null;
  /** Null where the profile is not known. */
  groups: readonly { profile: { longestLeaseHours: number | null } | null }[];
};

export const leaseLimiters = ["template", "profile"] as const;

/** The longest lease there is, and who allows no longer one: one of them, or both alike. */
export type LongestLease = { hours: number; by: (typeof leaseLimiters)[number][] };

/** The shortest of the limits of a template and its profiles, with whose it is. Null: none. */
export function longestLease({ longestLeaseHours, groups }: LeaseTerms): LongestLease | null {
  const limits = {
    template: longestLeaseHours,
    profile: shortest(groups.map(({ profile }) => profile?.longestLeaseHours ?? null)),
  };
  const hours = shortest(Object.values(limits));
  return hours === null ? null : { hours, by: leaseLimiters.filter((by) => limits[by] === hours) };
}

function shortest(limits: readonly (number | null)[]): number | null {
  const known = limits.filter((limit) => limit !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** The choices that a longest lease leaves, itself among them, shortest first. */
export function leasesWithin(longest: number | null): number[] {
  if (longest === null) return [...leaseChoices];
  return [...new Set([...leaseChoices.filter((hours) => hours < longest), longest])];
}

/**
 * The lease asked for, null for one without an end; refused where it is longer than the longest, in the
 * name of who allows no longer.
 */
export function checkLease(
  hours: number | null,
  longest: LongestLease | null,
): Result<number | null, RefusalOf<"invalid_input">> {
  if (longest === null || (hours !== null && hours <= longest.hours)) return ok(hours);
  const message = `${allowedWords(longest)}. It can be extended later.`;
  return refuse({ kind: "invalid_input", fields: { leaseHours: message } });
}

/**
 * The lease that a launch gets on these terms: what it asks for, or the longest there is where it does not
 * say (undefined). Refused as `checkLease` refuses.
 */
export function launchLease(
  asked: number | null | undefined,
  terms: LeaseTerms,
): Result<number | null, RefusalOf<"invalid_input">> {
  const longest = longestLease(terms);
  return checkLease(asked === undefined ? (longest?.hours ?? null) : asked, longest);
}

/** "Its template and its compute profile allow 1 day at most", of an environment. */
export function allowedWords({ hours, by }: LongestLease): string {
  const [first, second] = by;
  const one = first === "template" ? "Its template allows" : "Its compute profile allows";
  const who = second ? "Its template and its compute profile allow" : one;
  return `${who} ${leaseWords(hours)} at most`;
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
