import { and, eq, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isReasonSilenced } from "#db/queries/health-silences";
import { notify, notifyOfEnvironment } from "#db/queries/notifications";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";
import { codesForOperators } from "#lib/domain/health/rules";
import type { Id } from "#lib/domain/id";
import type { EnvironmentPlace, NoPlace } from "#lib/domain/notification/notification";

/** What became of a reason: `again` is the first time since an operator acknowledged it. */
export type HealthNews = {
  what: "opened" | "again" | "past";
  reason: Pick<
    typeof healthReasons.$inferSelect,
    "id" | "count" | "nodeId" | "gpu" | "code" | "severity" | "environmentId"
  >;
};
const noPlace: NoPlace = { tenant: null, project: null, environmentId: null, environment: null };

type Kind = "health.critical" | "health.warning" | "health.recovered";

/** Of one rule on one node no more is told within this time: one event is often many GPUs'. */
const quietTime = sql`interval '3 minutes'`;

/**
 * Tells operators, and the tenant that holds the node, that reasons have opened, or that critical ones are
 * past; operators alone that one they had acknowledged has happened again. What is of one rule on one node
 * is one message, and past when none of it is open. The tenant reads the name that its node has in the
 * environment. Of what is silenced no operator is told, and of what is for operators no tenant.
 */
export async function notifyOfHealth(tx: Transaction, news: readonly HealthNews[]): Promise<void> {
  const bursts = Map.groupBy(
    news,
    ({ what, reason }) => `${what} ${reason.environmentId} ${reason.nodeId} ${reason.code}`,
  );
  for (const burst of bursts.values()) await notifyOfBurst(tx, burst);
}

/** Tells of one rule on one node, by its worst: `burst` is not empty. */
async function notifyOfBurst(tx: Transaction, burst: readonly HealthNews[]): Promise<void> {
  const worst = burst.find(({ reason }) => reason.severity === "critical") ?? burst[0];
  if (!worst) return;
  const { what, reason } = worst;
  const { id, count, nodeId, code, severity, environmentId } = reason;
  const isCritical = severity === "critical";
  if (what === "past" && (!isCritical || (await isStillOpen(tx, reason)))) return;
  const kind: Kind =
    what === "past" ? "health.recovered" : isCritical ? "health.critical" : "health.warning";
  const [node] = await tx
    .select({ name: nodes.name, hostname: allocations.hostname })
    .from(nodes)
    .leftJoin(
      allocations,
      and(
        eq(allocations.nodeId, nodes.id),
        sql`${allocations.environmentId} = ${environmentId}`,
        isNull(allocations.releasedAt),
      ),
    )
    .where(eq(nodes.id, nodeId));
  if (!node) return;
  // Silence is the operators': it keeps nothing from the tenant.
  const silenced = await Promise.all(burst.map((one) => isReasonSilenced(tx, one.reason.id)));
  const toOperators = !silenced.every(Boolean);
  // Whoever held it then does not hold it now, and is not told.
  const toTenant = node.hostname !== null && what !== "again" && !codesForOperators.includes(code);
  const told = what === "opened" ? await toldLately(tx, kind, reason) : new Set();
  const gpus = [...new Set(burst.map(({ reason }) => reason.gpu))].sort((a, b) => a - b);
  const of = {
    ...{ code, gpu: gpus.length === 1 ? reason.gpu : -1 },
    ...(gpus.length > 1 ? { gpus } : {}),
  };
  const forOperators = (place: EnvironmentPlace | NoPlace) =>
    toOperators && !told.has("operators")
      ? [
          {
            ...{ kind, audience: "operators" as const },
            data: { ...place, ...of, nodeId, node: node.name },
            ...(what === "again" ? { dedupeKey: `${kind}:${id}:${count}` } : {}),
          },
        ]
      : [];
  if (environmentId === null) return notify(tx, ...forOperators(noPlace));
  await notifyOfEnvironment(tx, environmentId, (place) => [
    ...forOperators(place),
    ...(toTenant && !told.has("project")
      ? [
          {
            ...{ kind, audience: "project" as const },
            data: { ...place, ...of, nodeId: null, node: node.hostname ?? "" },
          },
        ]
      : []),
  ]);
}

/** Whether another reason of the same rule is open on the node, of the same environment. */
async function isStillOpen(
  tx: Transaction,
  {
    nodeId,
    environmentId,
    code,
  }: { nodeId: Id<"node">; environmentId: string | null; code: string },
): Promise<boolean> {
  const open = await tx.$count(
    healthReasons,
    and(
      eq(healthReasons.nodeId, nodeId),
      sql`${healthReasons.environmentId} is not distinct from ${environmentId}`,
      eq(healthReasons.code, code),
      isNull(healthReasons.closedAt),
    ),
  );
  return open > 0;
}

/** Who was told of the same within the quiet time, and not since that it is past. */
async function toldLately(
  tx: Transaction,
  kind: Kind,
  {
    nodeId,
    environmentId,
    code,
  }: { nodeId: Id<"node">; environmentId: string | null; code: string },
): Promise<Set<string>> {
  const { rows } = await tx.execute<{ audience: string; kind: string }>(sql`
    select distinct on (audience) audience, kind from notifications
    where kind in (${kind}, 'health.recovered') and created_at > now() - ${quietTime}
      and data->>'environmentId' is not distinct from ${environmentId}::text and data->>'code' = ${code}
      and data->>'node' in (
        select n.name from nodes n where n.id = ${nodeId}
        union all
        select a.hostname from allocations a where a.node_id = ${nodeId} and a.released_at is null)
    order by audience, created_at desc, id desc`);
  return new Set(rows.filter((row) => row.kind === kind).map(({ audience }) => audience));
}
