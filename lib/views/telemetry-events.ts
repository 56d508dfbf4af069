import { and, desc, eq, gte, isNull, lt, notInArray, or, type SQL } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { healthReasons } from "#db/schema/health-reasons";
import { operations } from "#db/schema/operations";
import { operationLabels } from "#lib/domain/environment/words";
import { codesForOperators, healthRule } from "#lib/domain/health/rules";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { OperationKind } from "#lib/domain/operation/operation";
import { type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";
import type { TelemetryEvent } from "#lib/schemas/telemetry";

const mostEvents = 100;

/** An operation on a node, in the words of that on its environment where there is one. */
const wordsOf: Record<OperationKind, string> = {
  ...operationLabels,
  "node.enrol": "Enrolment",
  "node.deploy": operationLabels["environment.launch"],
  "node.stop": operationLabels["environment.stop"],
  "node.start": operationLabels["environment.start"],
  "node.restart": operationLabels["environment.restart"],
  "node.reinstall": operationLabels["environment.reinstall"],
  "node.reclaim": operationLabels["environment.release"],
  "node.sanitize": "Wipe",
  "node.rotate_credential": "New password of the controller",
  "node.inspect": "Inspection",
  "node.rehearse": "Dry run",
};

/**
 * What happened to a node of an environment in the time of a grid, by when it began, the oldest first:
 * reasons of health that held at some moment of it, also those that began before, operations on the
 * node, and actions of the environment. Of very many the newest.
 */
export function telemetryEvents(
  tx: Transaction,
  input: { environmentId: Id<"environment">; nodeId: Id<"node">; grid: BucketGrid },
): Promise<TelemetryEvent[]> {
  const { environmentId, nodeId, grid } = input;
  return readEvents(tx, grid, {
    reasons: and(
      eq(healthReasons.environmentId, environmentId),
      eq(healthReasons.nodeId, nodeId),
      notInArray(healthReasons.code, codesForOperators),
    ),
    operations: and(
      eq(operations.environmentId, environmentId),
      // An action is the environment's, and runs on no node by itself.
      or(eq(operations.nodeId, nodeId), eq(operations.kind, "environment.act")),
    ),
  });
}

/** The same of a node for operators, whoever held it, with what no tenant is told. */
export function nodeEvents(
  tx: Transaction,
  { nodeId, grid }: { nodeId: Id<"node">; grid: BucketGrid },
): Promise<TelemetryEvent[]> {
  return readEvents(tx, grid, {
    reasons: eq(healthReasons.nodeId, nodeId),
    operations: eq(operations.nodeId, nodeId),
  });
}

async function readEvents(
  tx: Transaction,
  grid: BucketGrid,
  of: { reasons: SQL | undefined; operations: SQL | undefined },
): Promise<TelemetryEvent[]> {
  const [from, to] = [new Date(grid.fromMs), new Date(gridEndMs(grid))];
  const reasons = await tx
    .select({ reason: healthReasons })
    .from(healthReasons)
    .where(
      and(
        of.reasons,
        or(
          gte(healthReasons.firstSeenAt, from),
          isNull(healthReasons.closedAt),
          gte(healthReasons.closedAt, from),
        ),
        lt(healthReasons.firstSeenAt, to),
      ),
    )
    .orderBy(desc(healthReasons.firstSeenAt))
    .limit(mostEvents);
  const done = await tx
    .select({ kind: operations.kind, startedAt: operations.startedAt, input: operations.input })
    .from(operations)
    .where(and(of.operations, gte(operations.startedAt, from), lt(operations.startedAt, to)))
    .orderBy(desc(operations.startedAt))
    .limit(mostEvents);
  const events = [
    ...reasons.map(
      ({ reason: { gpu, code, severity, firstSeenAt, closedAt } }): TelemetryEvent => ({
        atMs: firstSeenAt.getTime(),
        untilMs: closedAt?.getTime() ?? null,
        kind: severity === "critical" ? "critical" : "attention",
        words: `${gpu === wholeNode ? "" : `GPU ${gpu}: `}${healthRule(code)?.title ?? code}`,
      }),
    ),
    ...done.flatMap(({ kind, startedAt, input: told }): TelemetryEvent[] => {
      if (startedAt === null) return [];
      const atMs = startedAt.getTime();
      return [
        { atMs, untilMs: atMs, kind: "neutral", words: told?.action?.label ?? wordsOf[kind] },
      ];
    }),
  ];
  return events.sort((a, b) => a.atMs - b.atMs).slice(-mostEvents);
}
