import type { RefusalOf } from "#lib/domain/refusal";
import { refuse } from "#lib/domain/result";

// Operators reach every tenant's hardware, so their sessions are shorter (OWASP ASVS 5.0, 7.3).
const minute = 60_000;
const hour = 60 * minute;

export const sessionLife = {
  operator: { idleMs: 15 * minute, absoluteMs: 8 * hour },
  member: { idleMs: 30 * minute, absoluteMs: 12 * hour },
} as const;

/** A session is marked as seen at most so often: not every request is a write. */
export const seenEveryMs = minute;

/** True while a session is neither too old nor left alone for too long. */
export function isSessionLive(
  session: { createdAt: Date; lastSeenAt: Date },
  isOperator: boolean,
  now: Date,
): boolean {
  const { idleMs, absoluteMs } = isOperator ? sessionLife.operator : sessionLife.member;
  return (
    now.getTime() - session.createdAt.getTime() < absoluteMs &&
    now.getTime() - session.lastSeenAt.getTime() < idleMs
  );
}

/** The refusal of what came from a session that was ended meanwhile. */
export const sessionEnded = refuse<RefusalOf<"not_now">>({
  kind: "not_now",
  reason: "This session has ended.",
  advice: "Sign in again.",
});
