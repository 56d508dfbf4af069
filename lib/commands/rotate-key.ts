import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import {
  countNotSealedBy,
  countSealedBy,
  insertRetiredKeys,
  lockSealedTexts,
  replaceSealedText,
  type SealedText,
} from "#db/queries/sealed-texts";
import { recordEvents } from "#lib/access/audit";
import {
  type RotatedKey,
  type SealedColumn,
  sealedColumns,
  sealerOf,
} from "#lib/access/sealed-columns";

/** How many texts are sealed again in one transaction: their rows are locked as long. */
const batch = 100;

/** A text that no key of the ring opens. */
export type Unopened = { table: string; column: string; row: SealedText["row"] };

export type Resealed = { table: string; column: string; count: number };

/**
 * Seals again what other keys than the newest of the ring have sealed, in small transactions, beside
 * a portal and a worker that run. Repeated after any death it does what is left. `db` acts as the
 * keeper, who sees sealed columns alone. Gives how many texts of each column it sealed again, and
 * those it could not open, which stay as they are.
 */
export async function resealAll(
  db: Database,
  by: RotatedKey,
  ring: string,
  onBatch: () => void = () => {},
): Promise<{ resealed: Resealed[]; unopened: Unopened[] }> {
  const resealed: Resealed[] = [];
  const unopened: Unopened[] = [];
  for (const column of sealedColumns[by]) {
    const done = await resealColumn(db, column, sealerOf(by, ring), onBatch);
    resealed.push({ table: column.table, column: column.column, count: done.count });
    unopened.push(...done.unopened);
  }
  return { resealed, unopened };
}

async function resealColumn(
  db: Database,
  column: SealedColumn,
  sealer: ReturnType<typeof sealerOf>,
  onBatch: () => void,
): Promise<{ count: number; unopened: Unopened[] }> {
  const unopened: Unopened[] = [];
  const keyId = sealer.keyIds[0] ?? "";
  let count = 0;
  for (let after: SealedText["row"] | null = null; ; ) {
    const texts: SealedText[] = await db.transaction(async (tx) => {
      const found = await lockSealedTexts(tx, column, { keyId, after, limit: batch });
      for (const { row, sealed } of found) {
        const again = opened(() => sealer.again(column.place(row), sealed));
        if (again === null) unopened.push({ table: column.table, column: column.column, row });
        else await replaceSealedText(tx, column, { row, sealed: again });
      }
      return found;
    });
    if (texts.length > 0) onBatch();
    count += texts.length;
    after = texts.at(-1)?.row ?? null;
    if (texts.length < batch) return { count: count - unopened.length, unopened };
  }
}

/**
 * Retires the older keys of a ring, unless they still seal something: then it gives how much, and
 * nothing has changed. From here on the database takes no text that one of them has sealed, so that
 * a program which read the ring before cannot write what nobody could open.
 */
export async function retireKeys(
  db: Database,
  by: RotatedKey,
  ring: string,
): Promise<{ retired: string[] } | { left: number }> {
  const [newest, ...older] = sealerOf(by, ring).keyIds;
  if (older.length === 0) return { retired: [] };
  return db.transaction(async (tx) => {
    const left = await countSealedBy(tx, sealedColumns[by], older);
    if (left > 0) return { left };
    await insertRetiredKeys(tx, older);
    // The log of the fleet is the portal's to write in.
    await tx.execute(sql`set local role ingot_app`);
    await tx.execute(sql`select set_config('app.fleet', 'write', true)`);
    await recordEvents(tx, { actorId: null, actorName: "From the server itself" }, [
      { action: "key.rotate", detail: { seals: by, newKey: newest, retiredKeys: older } },
    ]);
    return { retired: older };
  });
}

/** How many texts are sealed by another key than the newest of a ring. Programs may write meanwhile. */
export async function countOlder(db: Database, by: RotatedKey, ring: string): Promise<number> {
  const [newest = ""] = sealerOf(by, ring).keyIds;
  return db.transaction((tx) => countNotSealedBy(tx, sealedColumns[by], newest));
}

function opened(open: () => string): string | null {
  try {
    return open();
  } catch {
    return null;
  }
}
