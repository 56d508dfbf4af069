import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

const minuteMs = 60_000;

/** How long nodes are on hold for a person. It is never made longer. */
export const holdMs = 5 * minuteMs;
/** How long who held nodes and did not launch waits before they hold any again. */
export const restMs = 10 * minuteMs;
/** Holds of one project in an hour that may end without a launch. */
export const mostVainHolds = 4;
/** The same of all projects of a tenant together. */
export const mostVainHoldsOfTenant = 6;
const hourMs = 60 * minuteMs;

/**
 * How a hold ended. `launched`: an environment has its nodes. `replaced`: the same person holds
 * others instead, for no longer. `let_go`: by who had it. `taken_back`: by an operator. `run_out`:
 * its time was over.
 */
export const holdEndings = ["launched", "replaced", "let_go", "taken_back", "run_out"] as const;
export type HoldEnding = (typeof holdEndings)[number];

/** One hold of a tenant in the last hour, as far as it matters for another one. */
export type PastHold = {
  /** The same person's, in whatever project. */
  isOwn: boolean;
  isOfProject: boolean;
  startedAt: Date;
  /** When it ended, or would end by itself. */
  endsAt: Date;
  /** Null while nobody has written down how it ended: its time may be over all the same. */
  ending: HoldEnding | null;
};

/**
 * Whether a person may hold nodes for a project now. A hold that led to a launch counts against
 * nobody, and neither does one that the same person replaced, since its successor lasts no longer.
 * Refused while the person's own last one in vain ended less than ten minutes ago, and when the
 * project has had four in vain in the last hour, or its tenant six: so a tenant keeps nodes from others
 * half of the time at most, and a project a third. `past` has the holds that began in the last hour; those that go on now are not in vain
 * yet, but would be if all ran out.
 */
export function mayHold(past: readonly PastHold[], now: Date): Result<void, RefusalOf<"not_now">> {
  const inVain = past.filter(
    ({ ending, startedAt }) =>
      ending !== "launched" &&
      ending !== "replaced" &&
      startedAt.getTime() > now.getTime() - hourMs,
  );
  const lastOwn = Math.max(
    0,
    ...inVain.filter((hold) => hold.isOwn).map((hold) => hold.endsAt.getTime() + restMs),
  );
  if (lastOwn > now.getTime()) {
    return refuse({
      kind: "not_now",
      reason: "You held nodes a little while ago and launched nothing with them.",
      advice: `You can hold some again in ${minutesWords(lastOwn - now.getTime())}; to launch needs no hold.`,
    });
  }
  for (const [whose, held, most] of [
    ["This project has", inVain.filter((hold) => hold.isOfProject), mostVainHolds],
    ["The projects of this tenant have", inVain, mostVainHoldsOfTenant],
  ] as const) {
    if (held.length < most) continue;
    const first = Math.min(...held.map((hold) => hold.startedAt.getTime()));
    return refuse({
      kind: "not_now",
      reason: `${whose} held nodes ${held.length} times in an hour, so far without a launch.`,
      advice: `Some can be held again in ${minutesWords(first + hourMs - now.getTime())}; to launch needs no hold.`,
    });
  }
  return ok(undefined);
}

/** "1 minute", "8 minutes": rounded up, so that waiting so long is enough. */
export function minutesWords(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / minuteMs));
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}
