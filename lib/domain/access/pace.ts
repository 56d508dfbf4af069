import type { RefusalOf } from "#lib/domain/refusal";

/**
 * How much there may be in one minute: reads of one caller, by a browser's scripts and by all tokens together,
 * changes of one caller, by pages and by tokens each, and launches in one project.
 */
export const mostPerMinute = { read: 600, change: 60, launch: 5 } as const;

export type Paced = keyof typeof mostPerMinute;

/** Why a project does not launch yet that may again in so many seconds; undefined when it may now. */
export function tooFastToLaunch(waitSeconds: number): RefusalOf<"too_fast"> | undefined {
  if (waitSeconds === 0) return undefined;
  return { kind: "too_fast", what: "launch", retryAfterSeconds: waitSeconds };
}
