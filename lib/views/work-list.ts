import { and, asc, desc, eq, gt, inArray, isNotNull, lt, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import type { OperationRow } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ControllerState, NodeLifecycle } from "#lib/domain/node/lifecycle";
import { liveOperationStates } from "#lib/domain/operation/operation";
import { type WorkTab, workTabs } from "#lib/schemas/lists";
import type { OperationLine } from "#lib/schemas/operation-view";
import { operationLines } from "#lib/views/step-timeline";

export const workPageSize = 50;

export type WorkLine = OperationLine & {
  node: { id: Id<"node">; name: string; lifecycle: NodeLifecycle };
  tenant: string | null;
  environment: string | null;
  /** What an operator can do about it, in words; null for work that goes well. */
  advice: string | null;
};

export type WorkList = { lines: WorkLine[]; next: string | null; counts: Record<WorkTab, number> };

/**
 * Operations on nodes: those that need a person first. Stuck is what could not be taken back or
 * has passed its longest dwell, and what has waited for a person or failed without another having
 * succeeded since.
 */
export function workList(
  db: Database,
  grant: Grant<"fleet.read">,
  query: { tab: WorkTab; after?: Id<"operation"> | undefined },
): Promise<WorkList> {
  return withGrant(db, grant, async (tx) => {
    const live = inArray(operations.state, [...liveOperationStates]);
    // A failure is open for as long as it is the last word on its node.
    const lastWord = sql`not exists (select from operations later where later.node_id = ${operations.nodeId} and later.created_at > ${operations.createdAt})`;
    const toConfirm = sql`(${operations.state} = 'waiting' and ${operations.step} = 'confirm_certificate' and ${nodes.presentedFingerprint} is not null)`;
    const stuck = sql`(${operations.state} = 'stuck' or ${toConfirm} or (${operations.state} = 'failed' and ${lastWord} and ${nodes.lifecycle} in ('failed', 'quarantined')))`;
    const conditions = { stuck, live, ended: sql`not ${live}` } as const;
    const rows = await select(tx)
      .where(
        and(
          isNotNull(operations.nodeId),
          conditions[query.tab],
          query.after ? (query.tab === "live" ? gt : lt)(operations.id, query.after) : undefined,
        ),
      )
      .orderBy(query.tab === "live" ? asc(operations.id) : desc(operations.id))
      .limit(workPageSize + 1);
    const page = rows.slice(0, workPageSize);
    const counts = { stuck: 0, live: 0, ended: 0 };
    for (const tab of workTabs) {
      const [found] = await tx
        .select({ n: sql<number>`count(*)::int` })
        .from(operations)
        .innerJoin(nodes, eq(nodes.id, operations.nodeId))
        .where(conditions[tab]);
      counts[tab] = found?.n ?? 0;
    }
    return {
      lines: await linesOf(tx, page),
      next: rows.length > workPageSize ? (page.at(-1)?.operation.id ?? null) : null,
      counts,
    };
  });
}

/** One operation on a node, or null when there is none of that id. */
export function workOf(
  db: Database,
  grant: Grant<"fleet.read">,
  id: Id<"operation">,
): Promise<WorkLine | null> {
  return withGrant(db, grant, async (tx) => {
    const [line] = await linesOf(tx, await select(tx).where(eq(operations.id, id)));
    return line ?? null;
  });
}

function select(tx: Transaction) {
  return tx
    .select({
      operation: operations,
      node: { id: nodes.id, name: nodes.name, lifecycle: nodes.lifecycle },
      controllerState: nodes.controllerState,
      tenant: tenants.name,
      environment: environments.name,
    })
    .from(operations)
    .innerJoin(nodes, eq(nodes.id, operations.nodeId))
    .leftJoin(environments, eq(environments.id, operations.environmentId))
    .leftJoin(tenants, eq(tenants.id, operations.tenantId))
    .$dynamic();
}

async function linesOf(
  tx: Transaction,
  rows: Awaited<ReturnType<typeof select>>,
): Promise<WorkLine[]> {
  const lines = await operationLines(
    tx,
    rows.map((row) => row.operation),
  );
  return rows.flatMap((row, i) => {
    const line = lines[i];
    if (!line) return [];
    const { node, tenant, environment } = row;
    const advice = adviceFor(row.operation, { ...node, controllerState: row.controllerState });
    return [{ ...line, node, tenant, environment, advice }];
  });
}

/** What a controller that refuses us needs of a person, before anything else helps. */
const remedies: Partial<Record<ControllerState, string>> = {
  auth_failed: "Enter the controller's sign-in anew on the node's page",
  certificate_changed:
    "Compare the certificate that the controller shows with its own, and confirm it on the node's page",
};

function adviceFor(
  { state, step }: OperationRow,
  node: { lifecycle: NodeLifecycle; controllerState: ControllerState },
): string | null {
  const remedy = remedies[node.controllerState];
  if (state === "waiting" && step === "confirm_certificate") {
    return "Compare the fingerprint with the controller's own and confirm it on the node's page.";
  }
  if (state === "stuck") {
    return remedy
      ? `${remedy}: then it goes on by itself.`
      : "It is tried on by itself. Look at the controller and its exchanges; if it cannot be reached, quarantine the node, which ends the work.";
  }
  if (state !== "failed") return null;
  if (node.lifecycle === "quarantined") {
    return `${remedy ?? "Read the evidence of the failed step, repair the node"}, then sanitize the node: that leads back to available.`;
  }
  // What failed before the node was in order again needs nobody.
  if (node.lifecycle !== "failed") return null;
  return `${remedy ?? "Read the evidence of the failed step, repair or correct what differs"}, then verify the node again.`;
}
