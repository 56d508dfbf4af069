import type { Database } from "#db/client";
import { countAct } from "#db/queries/act-windows";
import { mostPerMinute } from "#lib/domain/access/pace";
import type { ActorId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";

/**
 * Counts one more change of a caller, before it is known what becomes of it: what a program repeats without
 * end costs most where it is refused. A minute begins with the first change that is counted in it.
 *
 * A person's pages are counted apart from all their tokens: who has found a token does not keep its person
 * from revoking it.
 * @returns How long to wait, when there were too many within the minute; nothing otherwise.
 */
export async function keepPace(
  db: Database,
  callerId: ActorId,
  by: "page" | "token",
): Promise<RefusalOf<"too_fast"> | undefined> {
  const { acts, secondsLeft } = await countAct(db, `${by}:${callerId}`);
  if (acts <= mostPerMinute.change) return undefined;
  return { kind: "too_fast", what: "change", retryAfterSeconds: secondsLeft };
}

/** How many reads are left to a caller, and in how many seconds there are all again. */
export type Reads = {
  left: number;
  secondsLeft: number;
  tooFast: RefusalOf<"too_fast"> | undefined;
};

/**
 * Counts one more read of a caller, whatever is answered: what all tokens ask for together, so that a second
 * one reads no more; and apart from these what a browser's scripts ask for, so that a program that reads too
 * much, or whoever has found a token, does not empty its person's pages. Pages themselves are not counted.
 */
export async function countRead(
  db: Database,
  callerId: ActorId,
  by: "page" | "token",
): Promise<Reads> {
  const { acts, secondsLeft } = await countAct(db, readKey(callerId, by));
  const left = Math.max(0, mostPerMinute.read - acts);
  if (acts <= mostPerMinute.read) return { left, secondsLeft, tooFast: undefined };
  return {
    ...{ left, secondsLeft },
    tooFast: { kind: "too_fast", what: "read", retryAfterSeconds: secondsLeft },
  };
}

/** What a caller's reads are counted under. */
export const readKey = (callerId: ActorId, by: "page" | "token") => `read:${by}:${callerId}`;
