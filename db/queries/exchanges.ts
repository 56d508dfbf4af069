import { and, count, desc, eq, isNull, max, min } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { exchanges } from "#db/schema/operations";
import type { Id } from "#lib/domain/id";

type Of = { nodeId: Id<"node">; operationId: Id<"operation"> };

/** The steps of an operation that asked a node's controller, in the order they began to, with how often. */
export async function countExchanges(db: Database | Transaction, of: Of) {
  const rows = await db
    .select({ step: exchanges.step, asked: count(), lastId: max(exchanges.id) })
    .from(exchanges)
    .where(ofOperation(of))
    .groupBy(exchanges.step)
    .orderBy(min(exchanges.id));
  return rows.map(({ lastId, ...row }) => ({ ...row, lastId: lastId ?? 0 }));
}

/** The last exchanges of one step, oldest first. */
export async function listExchanges(
  db: Database | Transaction,
  of: Of & { step: string | null },
  limit: number,
) {
  const { step } = of;
  const ofStep = step === null ? isNull(exchanges.step) : eq(exchanges.step, step);
  const rows = await db
    .select()
    .from(exchanges)
    .where(and(ofOperation(of), ofStep))
    .orderBy(desc(exchanges.id))
    .limit(limit);
  return rows.reverse();
}

function ofOperation({ nodeId, operationId }: Of) {
  return and(eq(exchanges.nodeId, nodeId), eq(exchanges.operationId, operationId));
}
