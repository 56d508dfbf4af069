import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isReasonSilenced } from "#db/queries/health-silences";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { allocations } from "#db/schema/environments";
import type { healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";

/** What became of a reason: `again` is the first time since an operator acknowledged it. */
export type HealthNews = "opened" | "again" | "past";

/**
 * Tells operators, and the tenant that holds the node, that a critical reason has opened or is past;
 * operators alone that one they had acknowledged has happened again. The tenant reads the name that
 * its node has in the environment. Of what is not critical nobody is told, and of what is silenced no
 * operator.
 */
export async function notifyOfHealth(
  tx: Transaction,
  news: HealthNews,
  reason: Pick<
    typeof healthReasons.$inferSelect,
    "id" | "count" | "nodeId" | "gpu" | "code" | "severity" | "environmentId"
  >,
): Promise<void> {
  const { id, count, nodeId, gpu, code, severity, environmentId } = reason;
  if (severity !== "critical") return;
  const kind: "health.critical" | "health.recovered" =
    news === "past" ? "health.recovered" : "health.critical";
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
  // Silence is the operators': it keeps nothing from the tenant.
  const isSilenced = await isReasonSilenced(tx, id);
  await notifyOfEnvironment(tx, environmentId, (place) => {
    const data = { ...place, gpu, code };
    return [
      ...(isSilenced
        ? []
        : [
            {
              ...{ kind, audience: "operators" as const },
              data: { ...data, nodeId, node: node.name },
              ...(news === "again" ? { dedupeKey: `${kind}:${id}:${count}` } : {}),
            },
          ]),
      // Whoever held it then does not hold it now, and is not told.
      ...(node.hostname && news !== "again"
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
