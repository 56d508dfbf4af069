import { and, asc, count, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { racks } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { type NodeLifecycle, nodeLifecycles } from "#lib/domain/node/lifecycle";
import { liveOperationStates } from "#lib/domain/operation/operation";
import { type StepName, stepInfo, stepNames } from "#lib/domain/operation/workflow";
import { holdsByNode, type NodeHold } from "#lib/views/fleet-holds";

/** How many cards a column shows; the rest is one link away. */
const cardsPerColumn = 8;

export type NodeCard = {
  id: Id<"node">;
  name: string;
  rack: string;
  nodeType: string;
  lifecycle: NodeLifecycle;
  since: string;
  reason: string | null;
  flags: string[];
  /** The step in hand, what it waits for and when it is tried next. */
  work: { label: string; waitReason: string | null; nextTryAt: string | null } | null;
  /** Set while it is on hold for somebody's launch. */
  hold: NodeHold | null;
};

export type FleetBoard = {
  total: number;
  columns: { lifecycle: NodeLifecycle; count: number; cards: NodeCard[] }[];
};

/** Every node by lifecycle: counts for all, cards for the first of each column, longest there first. */
export function fleetBoard(db: Database, grant: Grant<"fleet.read">): Promise<FleetBoard> {
  return withGrant(db, grant, async (tx) => {
    const counts = await tx
      .select({ lifecycle: nodes.lifecycle, count: count() })
      .from(nodes)
      .groupBy(nodes.lifecycle);
    const columns = [];
    for (const lifecycle of nodeLifecycles) {
      const found = counts.find((row) => row.lifecycle === lifecycle)?.count ?? 0;
      if (lifecycle === "retired" && found === 0) continue;
      columns.push({
        lifecycle,
        count: found,
        cards: found === 0 ? [] : await cardsOf(tx, lifecycle),
      });
    }
    return { total: columns.reduce((sum, column) => sum + column.count, 0), columns };
  });
}

async function cardsOf(tx: Transaction, lifecycle: NodeLifecycle): Promise<NodeCard[]> {
  const rows = await tx
    .select({
      id: nodes.id,
      name: nodes.name,
      rack: racks.name,
      nodeType: nodeTypes.name,
      lifecycle: nodes.lifecycle,
      since: nodes.lifecycleSince,
      reason: nodes.lifecycleReason,
      maintenance: nodes.maintenance,
      cordoned: nodes.cordoned,
      health: nodes.health,
      step: operations.step,
      waitReason: operations.waitReason,
      operationState: operations.state,
      runAfter: operations.runAfter,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
    .leftJoin(
      operations,
      and(eq(operations.nodeId, nodes.id), inArray(operations.state, [...liveOperationStates])),
    )
    .where(eq(nodes.lifecycle, lifecycle))
    .orderBy(asc(nodes.lifecycleSince), asc(nodes.id))
    .limit(cardsPerColumn);
  const onHold = lifecycle === "available" ? await holdsByNode(tx) : null;
  return rows.map((row) => ({
    hold: onHold?.get(row.id) ?? null,
    id: row.id,
    name: row.name,
    rack: row.rack,
    nodeType: row.nodeType,
    lifecycle: row.lifecycle,
    since: row.since.toISOString(),
    reason: row.reason,
    flags: nodeFlags(row),
    work: row.operationState
      ? {
          label: stepLabel(row.step),
          waitReason: row.waitReason,
          nextTryAt: row.waitReason ? (row.runAfter?.toISOString() ?? null) : null,
        }
      : null,
  }));
}

/** The words beside a node's state: what keeps it from being given out. */
export function nodeFlags(node: {
  maintenance: boolean;
  cordoned: boolean;
  health: string;
  onHold?: boolean;
}): string[] {
  return [
    ...(node.onHold ? ["on hold"] : []),
    ...(node.maintenance ? ["maintenance"] : []),
    ...(node.cordoned ? ["cordoned"] : []),
    ...(node.health === "critical" || node.health === "warning" ? [`health ${node.health}`] : []),
  ];
}

export function stepLabel(step: string | null): string {
  if (step === null) return "Waiting for a worker";
  return (stepNames as readonly string[]).includes(step) ? stepInfo(step as StepName).label : step;
}

/** For each lifecycle its number of nodes, without cards: the head of the node list. */
export async function lifecycleCounts(tx: Transaction): Promise<Record<string, number>> {
  const rows = await tx
    .select({ lifecycle: nodes.lifecycle, count: sql<number>`count(*)::int` })
    .from(nodes)
    .groupBy(nodes.lifecycle);
  return Object.fromEntries(rows.map((row) => [row.lifecycle, row.count]));
}
