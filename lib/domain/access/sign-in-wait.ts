/** A failure older than this no longer counts: no lock is permanent. */
export const failuresForgottenAfterMs = 60 * 60_000;

const longestWaitMs = 15 * 60_000;

// Doubled from here, ten tries at one account fit in its first five minutes.
const firstWaitMs = 5_000;

// An address may be a whole office behind one router, so it gets more tries than an account. Codes are
// counted apart from passwords: whoever knows the password gets no further tries at the code by it.
// So are those of somebody with a session, which no stranger's tries may slow down; and prompts for a
// passkey, which their person may turn away: they guess nothing, and only bound what is kept for them.
const freeFailures = { account: 4, code: 4, proof: 4, address: 20, prompt: 200 } as const;

export type AttemptKind = keyof typeof freeFailures;

/** How long the next try must wait after so many failures in a row: 5 s, 10 s, 20 s … 15 min. */
export function waitAfterFailures(kind: AttemptKind, failures: number): number {
  const beyond = failures - freeFailures[kind];
  if (beyond <= 0) return 0;
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(beyond - 1, 20));
}
