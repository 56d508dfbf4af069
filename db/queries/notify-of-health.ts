import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { allocations } from "#db/schema/environments";
import type { healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";

/**
 * Tells operators, and the tenant that holds the node, that a critical reason has opened or is past.
 * The tenant reads the name that its node has in the environment. Of what is not critical nobody is
 * told.
 */
export async function notifyOfHealth(
  tx: Transaction,
  kind: "health.critical" | "health.recovered",
  reason: Pick<
    typeof healthReasons.$inferSelect,
    "nodeId" | "gpu" | "code" | "severity" | "environmentId"
  >,
): Promise<void> {
  const { nodeId, gpu, code, severity, environmentId } = reason;
  if (severity !== "critical") return;
  const [node] = await tx
    .select({ name: nodes.name, hostname: allocations.hostname })
    .from(nodes)
    .leftJoin(
      allocations,
      and(
        eq(allocations.nodeId, nodes.id),
        eq(allocations.environmentId, environmentId),
        isNull(allocations.releasedAt),
      ),
    )
    .where(eq(nodes.id, nodeId));
  if (!node) return;
  await notifyOfEnvironment(tx, environmentId, (place) => {
    const data = { ...place, gpu, code };
    return [
      { kind, audience: "operators", data: { ...data, nodeId, node: node.name } },
      // Whoever held it then does not hold it now, and is not told.
      ...(node.hostname
        ? [
            {
              kind,
              audience: "project" as const,
              data: { ...data, nodeId: null, node: node.hostname },
            },
          ]
        : []),
    ];
  });
}
