import { and, asc, desc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { burnIns, inspections } from "#db/schema/inspections";
import { type Id, newId } from "#lib/domain/id";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { InspectionReport, InspectionVerdict } from "#lib/domain/inspection/inspection-report";
import type { InspectionOrder } from "#lib/domain/inspection/order";

type Reader = Database | Transaction;
export type InspectionRow = typeof inspections.$inferSelect;
export type BurnInRow = typeof burnIns.$inferSelect;

/**
 * Keeps what a host said and what was made of it, with a row for each test; once per operation.
 * @param input.report Null for a host that fell silent.
 * @param input.reportedAt When the report came: the moment that its times are counted back from.
 */
export async function keepInspection(
  tx: Transaction,
  input: {
    nodeId: Id<"node">;
    operationId: Id<"operation">;
    ordered: InspectionOrder;
    report: InspectionReport | null;
    reportedAt: Date | null;
    verdict: InspectionVerdict;
  },
): Promise<void> {
  const { nodeId, operationId, ordered, report, verdict } = input;
  const id = newId("inspection");
  const made = await tx
    .insert(inspections)
    .values({
      id,
      nodeId,
      operationId,
      ordered,
      tool: report?.tool ?? null,
      facts: report?.facts ?? null,
      conflicts: verdict.conflicts,
      accepted: verdict.accepted,
      verdict: verdict.words,
    })
    .onConflictDoNothing({ target: inspections.operationId })
    .returning({ id: inspections.id });
  if (made.length === 0 || !report || report.tests.length === 0) return;
  const endMs = (input.reportedAt ?? new Date()).getTime();
  const at = (uptime: number) =>
    new Date(endMs - Math.max(0, report.uptimeSeconds - uptime) * 1000);
  await tx.insert(burnIns).values(
    report.tests.map(({ startedAt, endedAt, ...test }) => ({
      ...test,
      inspectionId: id,
      nodeId,
      startedAt: at(startedAt),
      endedAt: at(endedAt),
    })),
  );
}

/** The latest inspections of a node, newest first. */
export function listInspections(
  db: Reader,
  nodeId: Id<"node">,
  limit: number,
): Promise<InspectionRow[]> {
  return db
    .select()
    .from(inspections)
    .where(eq(inspections.nodeId, nodeId))
    .orderBy(desc(inspections.judgedAt))
    .limit(limit);
}

/**
 * What a node's host said of itself when it was last taken for the node.
 * @returns undefined where no inspection of it was accepted.
 */
export async function findHostFacts(
  db: Reader,
  nodeId: Id<"node">,
): Promise<HostFacts | undefined> {
  const [last] = await db
    .select({ facts: inspections.facts })
    .from(inspections)
    .where(and(eq(inspections.nodeId, nodeId), inspections.accepted))
    .orderBy(desc(inspections.judgedAt))
    .limit(1);
  return last?.facts ?? undefined;
}

/** The tests of one inspection, in the order they were done. */
export function listBurnIns(db: Reader, inspectionId: Id<"inspection">): Promise<BurnInRow[]> {
  return db
    .select()
    .from(burnIns)
    .where(eq(burnIns.inspectionId, inspectionId))
    .orderBy(asc(burnIns.startedAt), asc(burnIns.id));
}
