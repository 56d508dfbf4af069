/** How long a membership or a role can be given for, in days; without one it does not end. */
export const termDays = [1, 7, 30, 90] as const;

const dayMs = 24 * 60 * 60_000;

/** When what is given now for so many days ends; null for what does not. */
export function endOfTerm(days: number | null, now: Date): Date | null {
  return days === null ? null : new Date(now.getTime() + days * dayMs);
}

/** True when what ends then is over. */
export function hasEnded(until: Date | null, now: Date): boolean {
  return until !== null && until.getTime() <= now.getTime();
}

/** How long the link of an invitation works. */
export const invitationDays = 7;
