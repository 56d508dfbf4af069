import { and, desc, eq, isNotNull, isNull, notInArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { bootWindows } from "#db/schema/boot-windows";
import { operations } from "#db/schema/operations";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import type { Id } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";

type Reader = Database | Transaction;
export type BootWindowRow = typeof bootWindows.$inferSelect;
export type NewBootWindow = typeof bootWindows.$inferInsert;

/** Opens a window; whatever the node had open before is closed. At most one is open per node. */
export async function openBootWindow(tx: Transaction, window: NewBootWindow): Promise<void> {
  await closeBootWindows(tx, window.nodeId);
  await tx.insert(bootWindows).values(window);
}

/** Voids every token of a node: what it boots next, it does not boot from us. */
export async function closeBootWindows(tx: Reader, nodeId: Id<"node">): Promise<void> {
  await tx
    .update(bootWindows)
    .set({ closedAt: sql`now()`, sealedInputs: null })
    .where(and(eq(bootWindows.nodeId, nodeId), isNull(bootWindows.closedAt)));
}

/** Of a rehearsal that has ended with its window open: its node was set aside, which takes nothing back. */
export const isForsaken = sql`exists (select from ${operations} where ${operations.id} = ${bootWindows.operationId}
  and ${operations.kind} = 'node.rehearse' and ${notInArray(operations.state, [...liveOperationStates])})`;

export async function closeForsakenWindows(db: Reader): Promise<void> {
  await db
    .update(bootWindows)
    .set({ closedAt: sql`now()`, sealedInputs: null })
    .where(and(isNull(bootWindows.closedAt), isForsaken));
}

/** Has an open window stay open for so long from now, where it would end before. */
export async function prolongBootWindow(
  db: Reader,
  id: Id<"bootWindow">,
  ms: number,
): Promise<void> {
  const end = sql`now() + ${`${Math.round(ms)} milliseconds`}::interval`;
  await db
    .update(bootWindows)
    .set({ expiresAt: sql`greatest(${bootWindows.expiresAt}, ${end})` })
    .where(and(eq(bootWindows.id, id), isNull(bootWindows.closedAt)));
}

/** The latest log that a job of an operation sent; undefined where none did, or it is too old. */
export async function findJobLog(
  db: Reader,
  nodeId: Id<"node">,
  operationId: Id<"operation">,
): Promise<{ purpose: BootPurpose; at: Date; text: string } | undefined> {
  const [row] = await db
    .select({
      purpose: bootWindows.purpose,
      at: bootWindows.jobLogAt,
      text: bootWindows.jobLog,
    })
    .from(bootWindows)
    .where(
      and(
        eq(bootWindows.nodeId, nodeId),
        eq(bootWindows.operationId, operationId),
        isNotNull(bootWindows.jobLog),
      ),
    )
    .orderBy(desc(bootWindows.jobLogAt))
    .limit(1);
  if (!row?.at || row.text === null) return undefined;
  return { purpose: row.purpose, at: row.at, text: row.text };
}

/** The latest window of an operation, open or closed; of one purpose where that is said. */
export async function findBootWindow(
  db: Reader,
  operationId: Id<"operation">,
  purpose?: BootPurpose,
): Promise<BootWindowRow | undefined> {
  const [row] = await db
    .select()
    .from(bootWindows)
    .where(
      and(eq(bootWindows.operationId, operationId), purpose && eq(bootWindows.purpose, purpose)),
    )
    .orderBy(desc(bootWindows.openedAt))
    .limit(1);
  return row;
}
