import { and, asc, count, desc, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { Difference } from "#lib/domain/node/node-type";
import { type ReadinessStage, readinessStages } from "#lib/domain/node/readiness";
import { openDifferences } from "#lib/domain/node/variant";
import { hasEnded, type NodeOperation } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";
import { stepLabel } from "#lib/views/fleet-board";

const cardsPerStage = 12;
const mostCertificates = 200;

export type ReadinessFilter = { rackId?: Id<"rack">; nodeTypeId?: Id<"nodeType"> };

export type ReadinessCard = {
  id: Id<"node">;
  name: string;
  place: string;
  nodeType: string;
  since: string;
  reason: string | null;
  /** Set when it is these that keep it back: the reason would say the same in one long line. */
  differences: Difference[];
  work: {
    label: string;
    step: { n: number; of: number } | null;
    waitReason: string | null;
    nextTryAt: string | null;
  } | null;
};

export type CertificateToConfirm = {
  nodeId: Id<"node">;
  name: string;
  place: string;
  controllerAddress: string;
  fingerprint: string;
};

export type ReadinessBoard = {
  total: number;
  stages: { stage: ReadinessStage; count: number; cards: ReadinessCard[] }[];
  certificates: { total: number; shown: CertificateToConfirm[] };
  racks: { id: Id<"rack">; name: string }[];
  nodeTypes: { id: Id<"nodeType">; name: string }[];
};

/**
 * Every node that is not with a tenant, by how far it has come: counts for all, cards for those
 * that have been longest in their stage (of the available ones, those that came last).
 */
export function readinessBoard(
  db: Database,
  grant: Grant<"fleet.read">,
  filter: ReadinessFilter,
): Promise<ReadinessBoard> {
  return withGrant(db, grant, async (tx) => {
    const among = and(
      filter.rackId ? eq(nodes.rackId, filter.rackId) : undefined,
      filter.nodeTypeId ? eq(nodes.nodeTypeId, filter.nodeTypeId) : undefined,
    );
    const counts = await tx
      .select({ stage: nodes.lifecycle, count: count() })
      .from(nodes)
      .where(and(inArray(nodes.lifecycle, [...readinessStages]), among))
      .groupBy(nodes.lifecycle);
    const stages = [];
    for (const stage of readinessStages) {
      const found = counts.find((row) => row.stage === stage)?.count ?? 0;
      stages.push({
        stage,
        count: found,
        cards: found === 0 ? [] : await cardsOf(tx, stage, among),
      });
    }
    return {
      total: stages.reduce((sum, stage) => sum + stage.count, 0),
      stages,
      certificates: await certificatesToConfirm(tx, among),
      racks: await tx
        .select({ id: racks.id, name: racks.name })
        .from(racks)
        .orderBy(asc(racks.name)),
      nodeTypes: await tx
        .select({ id: nodeTypes.id, name: nodeTypes.name })
        .from(nodeTypes)
        .orderBy(asc(nodeTypes.name)),
    };
  });
}

async function cardsOf(
  tx: Transaction,
  stage: ReadinessStage,
  among: SQL | undefined,
): Promise<ReadinessCard[]> {
  const last = tx
    .select({
      kind: operations.kind,
      state: operations.state,
      step: operations.step,
      waitReason: operations.waitReason,
      runAfter: operations.runAfter,
      failedStep: sql<
        string | null
      >`(select name from operation_steps where operation_id = ${operations.id} and state = 'failed' order by position limit 1)`.as(
        "failed_step",
      ),
    })
    .from(operations)
    .where(eq(operations.nodeId, nodes.id))
    .orderBy(desc(operations.createdAt))
    .limit(1)
    .as("last");
  const order = stage === "available" ? desc(nodes.lifecycleSince) : asc(nodes.lifecycleSince);
  const rows = await tx
    .select({
      id: nodes.id,
      name: nodes.name,
      rack: racks.name,
      site: sites.name,
      unit: nodes.unit,
      nodeType: nodeTypes.name,
      since: nodes.lifecycleSince,
      reason: nodes.lifecycleReason,
      differences: nodes.differences,
      accepted: nodes.acceptedDifferences,
      kind: last.kind,
      state: last.state,
      step: last.step,
      waitReason: last.waitReason,
      runAfter: last.runAfter,
      failedStep: last.failedStep,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .innerJoin(nodeTypes, eq(nodeTypes.id, nodes.nodeTypeId))
    .leftJoinLateral(last, sql`true`)
    .where(and(eq(nodes.lifecycle, stage), among))
    .orderBy(order, asc(nodes.id))
    .limit(cardsPerStage);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    place: placeWords(row),
    nodeType: row.nodeType,
    since: row.since.toISOString(),
    reason: row.reason,
    differences:
      row.state === "failed" && row.failedStep === "compare"
        ? openDifferences(row.differences, row.accepted)
        : [],
    work:
      row.kind && row.state && !hasEnded(row.state)
        ? {
            label: stepLabel(row.step),
            step: stepOf(row.kind, row.step),
            waitReason: row.waitReason,
            nextTryAt: row.waitReason ? (row.runAfter?.toISOString() ?? null) : null,
          }
        : null,
  }));
}

function stepOf(kind: string, step: string | null): { n: number; of: number } | null {
  if (step === null || !kind.startsWith("node.")) return null;
  const names = stepsOf(kind as NodeOperation).map((info) => info.name as string);
  return names.includes(step) ? { n: names.indexOf(step) + 1, of: names.length } : null;
}

/** The certificates of new nodes' controllers that nobody has confirmed: how many, and the first of them. */
export function certificatesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<ReadinessBoard["certificates"]> {
  return withGrant(db, grant, (tx) => certificatesToConfirm(tx, undefined));
}

async function certificatesToConfirm(
  tx: Transaction,
  among: SQL | undefined,
): Promise<ReadinessBoard["certificates"]> {
  const waiting = and(
    inArray(nodes.lifecycle, ["enrolled", "verifying"]),
    isNotNull(nodes.presentedFingerprint),
    isNull(nodes.controllerCertificate),
    among,
  );
  const [total] = await tx.select({ count: count() }).from(nodes).where(waiting);
  if (!total?.count) return { total: 0, shown: [] };
  const rows = await tx
    .select({
      nodeId: nodes.id,
      name: nodes.name,
      rack: racks.name,
      site: sites.name,
      unit: nodes.unit,
      controllerAddress: nodes.controllerAddress,
      fingerprint: nodes.presentedFingerprint,
    })
    .from(nodes)
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .innerJoin(sites, eq(sites.id, racks.siteId))
    .where(waiting)
    .orderBy(asc(nodes.name))
    .limit(mostCertificates);
  return {
    total: total.count,
    shown: rows.map(({ nodeId, name, controllerAddress, fingerprint, ...place }) => ({
      nodeId,
      name,
      place: placeWords(place),
      controllerAddress,
      fingerprint: fingerprint ?? "",
    })),
  };
}

function placeWords(place: { site: string; rack: string; unit: number | null }): string {
  return `${place.site} / ${place.rack}${place.unit === null ? "" : `, unit ${place.unit}`}`;
}
