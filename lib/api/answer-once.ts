import { createHmac } from "node:crypto";
import type { Database } from "#db/client";
import { claimAnswer, dropAnswer, type KeptAnswer, keepAnswer } from "#db/queries/api-answers";
import { withUser } from "#lib/access/with-grant";
import type { DoorProblem } from "#lib/api/problem";
import type { ActorId } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

type Answer = { status: number; value: unknown };
type Unanswered = { door: DoorProblem; detail: string };

type Asked = {
  callerId: ActorId;
  /** Of caller, address and the caller's own key. */
  key: string;
  /** As it was read. */
  body: unknown;
  /** What only the caller has: bodies may hold passwords, which nobody is to guess from a plain hash. */
  token: string;
  /** True of an answer that holds a secret: it is told once. */
  tellsSecret: boolean;
  /** True where the command itself does the same key once, so that it can be run again. */
  isKeyed: boolean;
  run: () => Promise<Result<Answer, Refusal>>;
};

/**
 * Does once what is asked under an `Idempotency-Key`, and answers the same when it is asked again within a
 * day. What was refused has changed nothing, and may be sent again with the same key.
 * @returns The answer, the refusal of what was asked, or why there is no answer: the key was used for
 * something else, or nobody knows how the first request ended.
 */
export async function answerOnce(
  db: Database,
  asked: Asked,
): Promise<Result<Answer, Refusal | Unanswered>> {
  const { callerId, key, run } = asked;
  const bodyHash = createHmac("sha256", asked.token)
    .update(JSON.stringify(asked.body ?? null))
    .digest("hex");
  const kept = await withUser(db, callerId, (tx) => claimAnswer(tx, { key, callerId, bodyHash }));
  if (kept && kept.bodyHash !== bodyHash) {
    return unanswered(
      "key_reused",
      "Another request had this key, or the same with another token. Use a new key.",
    );
  }
  if (kept && kept.status !== null) return toldAgain(kept, kept.status);
  if (kept && !asked.isKeyed) {
    return unanswered(
      "not_known_done",
      `The same was sent at ${kept.askedAt.toISOString()} and has no answer yet. If it gets none, look whether it was done, and send it with a new key if not.`,
    );
  }
  const done = await run();
  await withUser(db, callerId, (tx) =>
    done.ok
      ? keepAnswer(tx, key, {
          status: done.value.status,
          answer: asked.tellsSecret ? null : done.value.value,
        })
      : dropAnswer(tx, key),
  );
  return done;
}

function toldAgain({ askedAt, answer }: KeptAnswer, status: number) {
  return answer === null
    ? unanswered(
        "told_once",
        `It was done at ${askedAt.toISOString()}. Its answer held a secret, which is told once.`,
      )
    : ok({ status, value: answer });
}

function unanswered(door: DoorProblem, detail: string) {
  return refuse({ door, detail });
}
