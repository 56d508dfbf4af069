import { and, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { findNodePort, findSiteOfNode } from "#db/queries/networks";
import { findNode } from "#db/queries/nodes";
import { announce } from "#db/queries/operations";
import { nodePorts } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetNodePortInput } from "#lib/schemas/network";

/**
 * Says which port joins a node to tenants' networks; empty for none. Refused while the node is on
 * one through its port, and for a port that another node of the site has.
 */
export async function setNodePort(
  db: Database,
  grant: Grant<"node.enrol">,
  input: SetNodePortInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now" | "invalid_input">>> {
  const { nodeId, port } = input;
  return withGrant(db, grant, async (tx) => {
    const node = await findNode(tx, nodeId);
    const siteId = await findSiteOfNode(tx, nodeId);
    if (!node || !siteId) return refuse({ kind: "not_found", resource: "node" });
    const before = await findNodePort(tx, nodeId);
    if (before?.environmentId || before?.isChanging) {
      return refuse({
        kind: "not_now",
        reason: `${node.name} is on an environment's network through ${before.port}.`,
        advice: "Change the port when it was released.",
      });
    }
    const [other] = await tx
      .select({ name: nodes.name })
      .from(nodePorts)
      .innerJoin(nodes, eq(nodes.id, nodePorts.nodeId))
      .where(
        and(eq(nodePorts.siteId, siteId), eq(nodePorts.port, port), ne(nodePorts.nodeId, nodeId)),
      );
    if (other) {
      const words = `${other.name} has this port. Each node has one of its own.`;
      return refuse({ kind: "invalid_input", fields: { port: words } });
    }
    await tx.delete(nodePorts).where(eq(nodePorts.nodeId, nodeId));
    if (port) await tx.insert(nodePorts).values({ nodeId, siteId, port });
    await recordAudit(tx, grant, {
      action: "node.set_port",
      object: { kind: "node", id: node.id, name: node.name },
      detail: { before: before?.port ?? null, after: port || null },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
