import type { RefusalOf } from "#lib/domain/refusal";

/** Why a project does not launch yet that may again in so many seconds; undefined when it may now. */
export function tooFastToLaunch(waitSeconds: number): RefusalOf<"too_fast"> | undefined {
  if (waitSeconds === 0) return undefined;
  return { kind: "too_fast", what: "launch", retryAfterSeconds: waitSeconds };
}
