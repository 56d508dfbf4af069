import type { Database } from "#db/client";
import { countAct } from "#db/queries/act-windows";
import { noteDenied } from "#lib/access/note-denied";
import { mostPerMinute } from "#lib/domain/access/pace";
import type { ActorId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";

type Counted = Parameters<typeof noteDenied>[1];

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
  caller: Counted,
  by: "page" | "token",
): Promise<RefusalOf<"too_fast"> | undefined> {
  const { acts, secondsLeft } = await countAct(db, `${by}:${caller.userId}`);
  if (acts <= mostPerMinute.change) return undefined;
  await noteTooFast(db, caller, { acts, most: mostPerMinute.change, what: "change", by });
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
  caller: Counted,
  by: "page" | "token",
): Promise<Reads> {
  const { acts, secondsLeft } = await countAct(db, readKey(caller.userId, by));
  const left = Math.max(0, mostPerMinute.read - acts);
  if (acts <= mostPerMinute.read) return { left, secondsLeft, tooFast: undefined };
  await noteTooFast(db, caller, { acts, most: mostPerMinute.read, what: "read", by });
  return {
    ...{ left, secondsLeft },
    tooFast: { kind: "too_fast", what: "read", retryAfterSeconds: secondsLeft },
  };
}

/** What a caller's reads are counted under. */
export const readKey = (callerId: ActorId, by: "page" | "token") => `read:${by}:${callerId}`;

/** Writes into the audit log that somebody asks too often: once for each minute that is counted. */
export async function noteTooFast(
  db: Database,
  caller: Counted,
  { acts, most, ...how }: { acts: number; most: number; what: string; by: "page" | "token" },
): Promise<void> {
  if (acts !== most + 1) return;
  // A service account's is its tenant's to know; what a person does is counted over all their tenants.
  const [only, another] = caller.memberships;
  const place = only && !another ? only.tenantSlug : "own";
  await noteDenied(db, caller, { action: "request.pace", place, detail: { ...how, most } });
}
