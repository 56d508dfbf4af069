import type { Database } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import {
  addUse,
  lockJudgedUntil,
  moveJudgedUntil,
  observeWindow,
  replaceIdleGpus,
} from "#db/queries/use-windows";
import type { Id } from "#lib/domain/id";
import { idleWindowMs, judgeWindow } from "#lib/domain/use/idle";

/** Samples that are stored later than this after a window has closed are not seen: unknown. */
const graceMs = 5 * 60_000;

/**
 * Judges every window that has closed since the last time, oldest first: what each GPU that was held
 * did, and which are idle now. A window is judged once, in one transaction, however many workers
 * there are and whenever one of them dies. Without `nowMs` it is as late as the database says, by which
 * samples are stamped: of a window that is judged too early the rest would stay unknown.
 */
export async function judgeUse(db: Database, nowMs?: number): Promise<void> {
  const untilMs = nowMs ?? (await readDatabaseClock(db));
  while (await judgeNext(db, untilMs)) {
    // Each window is a transaction of its own: a worker that was away for a day catches up in parts.
  }
}

async function judgeNext(db: Database, nowMs: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    const judged = await lockJudgedUntil(tx);
    if (!judged) return false;
    const fromMs = Math.floor(judged.getTime() / idleWindowMs) * idleWindowMs;
    const from = new Date(fromMs);
    const until = new Date(fromMs + idleWindowMs);
    if (until.getTime() + graceMs > nowMs) return false;

    const used = new Map<Id<"allocation">, { busySeconds: number; idleSeconds: number }>();
    const idle: { allocationId: Id<"allocation">; gpu: number; since: Date }[] = [];
    for (const seen of await observeWindow(tx, { from, until })) {
      const { busySeconds, idleSeconds } = judgeWindow(seen);
      const sum = used.get(seen.allocationId) ?? { busySeconds: 0, idleSeconds: 0 };
      sum.busySeconds += busySeconds;
      sum.idleSeconds += idleSeconds;
      used.set(seen.allocationId, sum);
      if (idleSeconds > 0) idle.push({ ...seen, since: seen.heldFrom });
    }
    const rows = [...used]
      .map(([allocationId, seconds]) => ({ allocationId, ...seconds }))
      .filter((row) => row.busySeconds + row.idleSeconds > 0);
    // A window lies within one day of UTC.
    await addUse(tx, from.toISOString().slice(0, 10), rows);
    await replaceIdleGpus(tx, idle);
    await moveJudgedUntil(tx, until);
    return true;
  });
}
