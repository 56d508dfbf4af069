import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { sensorSeries } from "#db/queries/controller-samples";
import { controllerLooks } from "#db/schema/controller-looks";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ControllerState, NodeLifecycle } from "#lib/domain/node/lifecycle";
import { liveOperationStates } from "#lib/domain/operation/operation";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import type { NodeSensors, SensorWindow } from "#lib/schemas/node-sensors";
import { nodeEvents } from "#lib/views/telemetry-events";

/**
 * What a node's controller, read every `scrapeMs`, has measured in a window that ends now, and what
 * happened to the node meanwhile; null when there is no such node.
 */
export function nodeSensorsOf(
  db: Database,
  grant: Grant<"fleet.read">,
  nodeId: Id<"node">,
  window: SensorWindow,
  scrapeMs: number,
  nowMs = Date.now(),
): Promise<NodeSensors | null> {
  return withGrant(db, grant, async (tx) => {
    const found = await findLook(tx, nodeId);
    if (!found) return null;
    const { look, ...node } = found;
    const grid = bucketGrid(window, nowMs, scrapeMs);
    return {
      ...{ window, nowMs, scrapeMs, grid },
      metrics: await sensorSeries(tx, { nodeId, grid }),
      events: await nodeEvents(tx, { nodeId, grid }),
      sensorsAt: look?.sensorsAt?.toISOString() ?? null,
      logsAt: look?.logsAt?.toISOString() ?? null,
      whyNot: whyNotRead(node, look),
    };
  });
}

async function findLook(tx: Transaction, nodeId: Id<"node">) {
  const [row] = await tx
    .select({
      lifecycle: nodes.lifecycle,
      controllerState: nodes.controllerState,
      protocol: nodes.controllerProtocol,
      fingerprint: nodes.controllerFingerprint,
      credential: controllerCredentials.state,
      isBusy: sql<boolean>`exists (${tx
        .select({ id: operations.id })
        .from(operations)
        .where(
          and(eq(operations.nodeId, nodes.id), inArray(operations.state, [...liveOperationStates])),
        )})`,
      look: controllerLooks,
    })
    .from(nodes)
    .leftJoin(controllerCredentials, eq(controllerCredentials.nodeId, nodes.id))
    .leftJoin(controllerLooks, eq(controllerLooks.nodeId, nodes.id))
    .where(eq(nodes.id, nodeId));
  return row;
}

const whyOfState: Partial<Record<ControllerState, string>> = {
  auth_failed:
    "The controller refused our sign-in. It is not asked again until an operator enters another.",
  certificate_changed:
    "The controller shows another certificate. It is not asked again until an operator confirms it.",
};

function whyNotRead(
  node: {
    lifecycle: NodeLifecycle;
    controllerState: ControllerState;
    protocol: string;
    fingerprint: string | null;
    credential: string | null;
    isBusy: boolean;
  },
  look: { error: string | null; sensorsAt: Date | null } | null,
): string | null {
  if (node.lifecycle === "retired") return "The node is retired, and its controller is not asked.";
  const isRejected = node.credential === "rejected";
  const ofState = whyOfState[isRejected ? "auth_failed" : node.controllerState];
  if (ofState) return ofState;
  if (node.protocol !== "ipmi" && node.fingerprint === null) {
    return "The controller's certificate is not confirmed yet. It is asked when it is.";
  }
  if (node.isBusy) {
    return "An operation is on the node and may be using its controller. It is read again when that has ended.";
  }
  if (look?.error) return `The controller could not be read: ${look.error}.`;
  return look?.sensorsAt
    ? null
    : "The controller has not been read yet. That happens while no operation is on the node.";
}
