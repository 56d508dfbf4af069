import { hasSqlState } from "#db/sql-state";

/** in_failed_sql_transaction. */
const inFailedTransaction = "25P02";

type Answers<T extends readonly (() => PromiseLike<unknown>)[]> = {
  -readonly [N in keyof T]: Awaited<ReturnType<T[N]>>;
};

/**
 * What statements of one transaction give that need no answer of one another: they are sent one behind the
 * other, and carried out in this order, without a wait in between. Of a function that sends several, the first
 * keeps its place and the others come when they come; so none of them makes a savepoint.
 *
 * Waits for all of them also where one fails: nothing is on its way any more when the transaction is undone and
 * its connection is somebody else's. Thrown is what failed, and not what Postgres refused for that.
 */
export async function together<T extends readonly (() => PromiseLike<unknown>)[]>(
  ...sends: T
): Promise<Answers<T>> {
  // A query of drizzle's is sent when it is waited for: each is, before the next is made.
  const ended = await Promise.allSettled(sends.map(async (send) => send()));
  const failed = ended.filter((each) => each.status === "rejected").map(({ reason }) => reason);
  if (failed.length > 0)
    throw failed.find((error) => !hasSqlState(error, inFailedTransaction)) ?? failed[0];
  return ended.map((each) => (each as PromiseFulfilledResult<unknown>).value) as Answers<T>;
}
