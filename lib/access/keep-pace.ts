import type { Database } from "#db/client";
import { countAct } from "#db/queries/act-windows";
import { mostPerMinute, type Paced } from "#lib/domain/access/pace";
import type { ActorId, Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";

/**
 * Counts one more change of a caller, whether it comes by a page or with a token; and where it is a
 * launch, one more in its project. Counted before it is known what becomes of it: what a program repeats
 * without end costs most where it is refused.
 * @returns How long to wait, when there were too many within the minute; nothing otherwise.
 */
export async function keepPace(
  db: Database,
  callerId: ActorId,
  launchesIn?: Id<"project">,
): Promise<RefusalOf<"too_fast"> | undefined> {
  return (
    (await oneMore(db, "change", callerId)) ??
    (launchesIn && (await oneMore(db, "launch", launchesIn)))
  );
}

async function oneMore(
  db: Database,
  what: Paced,
  id: string,
): Promise<RefusalOf<"too_fast"> | undefined> {
  const { acts, secondsLeft } = await countAct(db, `${what}:${id}`);
  if (acts <= mostPerMinute[what]) return undefined;
  return { kind: "too_fast", what, retryAfterSeconds: secondsLeft };
}
