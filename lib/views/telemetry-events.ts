import { and, asc, eq, gte, lt, notInArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { operations } from "#db/schema/operations";
import { operationLabels } from "#lib/domain/environment/words";
import { codesForOperators, healthRule } from "#lib/domain/health/rules";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { NodeOperation } from "#lib/domain/operation/operation";
import { type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import type { GpuTelemetry } from "#lib/schemas/telemetry";

const mostEvents = 100;

/** An operation on a node, in the words of that on its environment. */
const wordsOfNode: Partial<Record<NodeOperation, string>> = {
  "node.deploy": operationLabels["environment.launch"],
  "node.stop": operationLabels["environment.stop"],
  "node.start": operationLabels["environment.start"],
  "node.restart": operationLabels["environment.restart"],
  "node.reinstall": operationLabels["environment.reinstall"],
  "node.reclaim": operationLabels["environment.release"],
};

/**
 * What happened to a node of an environment in the time of a grid, oldest first: reasons of health
 * that began, and operations on the environment that were begun.
 */
export async function telemetryEvents(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<GpuTelemetry["events"]> {
  const { environmentId, nodeId, grid } = input;
  const [from, to] = [new Date(grid.fromMs), new Date(gridEndMs(grid))];
  const reasons = await tx
    .select({ reason: healthReasons })
    .from(healthReasons)
    .innerJoin(allocations, eq(allocations.id, healthReasons.allocationId))
    .where(
      and(
        eq(healthReasons.environmentId, environmentId),
        eq(healthReasons.nodeId, nodeId),
        notInArray(healthReasons.code, codesForOperators),
        gte(healthReasons.firstSeenAt, from),
        lt(healthReasons.firstSeenAt, to),
      ),
    )
    .orderBy(asc(healthReasons.firstSeenAt))
    .limit(mostEvents);
  const done = await tx
    .select({ kind: operations.kind, startedAt: operations.startedAt })
    .from(operations)
    .where(
      and(
        eq(operations.environmentId, environmentId),
        eq(operations.nodeId, nodeId),
        gte(operations.startedAt, from),
        lt(operations.startedAt, to),
      ),
    )
    .orderBy(asc(operations.startedAt))
    .limit(mostEvents);
  const events = [
    ...reasons.map(({ reason: { gpu, code, severity, firstSeenAt } }) => ({
      atMs: firstSeenAt.getTime(),
      kind: severity === "critical" ? ("critical" as const) : ("attention" as const),
      words: `${gpu === wholeNode ? "" : `GPU ${gpu}: `}${healthRule(code)?.title ?? code}`,
    })),
    ...done.flatMap(({ kind, startedAt }) =>
      startedAt === null
        ? []
        : [
            {
              atMs: startedAt.getTime(),
              kind: "neutral" as const,
              words: wordsOfNode[kind as NodeOperation] ?? kind,
            },
          ],
    ),
  ];
  return events.sort((a, b) => a.atMs - b.atMs).slice(-mostEvents);
}
