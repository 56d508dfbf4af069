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
