import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isSilenced, silenceOver } from "#db/queries/health-silences";
import { containing } from "#db/queries/like";
import { exactly, following } from "#db/queries/place";
import { allocations, environments } from "#db/schema/environments";
import { healthHandlings, healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Evidence } from "#lib/domain/health/conditions";
import { healthRule, namedRules } from "#lib/domain/health/rules";
import type { HealthSeverity } from "#lib/domain/health/severity";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { HealthTab } from "#lib/schemas/lists";

/** A reason of health as operators see it. */
export type HealthAlert = {
  id: Id<"healthReason">;
  code: string;
  severity: HealthSeverity;
  title: string;
  advice: string;
  source: string;
  node: { id: Id<"node">; name: string; rack: string };
  /** Null for the node as a whole. */
  gpu: number | null;
  uuid: string | null;
  /** Who held the node then; null where nobody did, or where it is no tenant's business. */
  holder: { tenant: string; environment: string; hostname: string; isOver: boolean } | null;
  evidence: Evidence;
  count: number;
  firstSeenAt: string;
  lastSeenAt: string;
  closed: { at: string; how: "quiet" | "ended" | "cleared" } | null;
  acknowledged: { at: string; by: string } | null;
  note: string | null;
  silenced: { until: string; by: string; reason: string } | null;
  /** True where it keeps a free node from being given out. */
  holdsNode: boolean;
};

const { acknowledgedCount } = healthHandlings;
const isOpen = isNull(healthReasons.closedAt);
const isHandled = sql<boolean>`(coalesce(${acknowledgedCount} >= ${healthReasons.count}, false)
  or ${isSilenced})`;

const ofTab: Record<HealthTab, SQL | undefined> = {
  open: and(isOpen, sql`not (${isHandled})`),
  handled: and(isOpen, isHandled),
  past: sql`${healthReasons.closedAt} is not null`,
};

const isCritical = sql`(${healthReasons.severity} = 'critical')`;

/** The reasons that follow a place: what is seen again meanwhile stays where it is, so no page misses it. */
function beyond(tab: HealthTab, place: string): SQL | undefined {
  const [severity, at, id] = place.split(",");
  if (tab === "past") return following(`${at},${id}`, healthReasons.closedAt, healthReasons.id);
  return sql`(${isCritical}, ${healthReasons.firstSeenAt}, ${healthReasons.id})
    < (${severity === "critical"}, ${at}::timestamptz, ${id})`;
}

const pageSize = 50;

/** What asks for attention, what was handled, or what is past: the worst first, and of these what began last. */
export function healthAlerts(
  db: Database,
  grant: Grant<"fleet.read">,
  filter: {
    tab: HealthTab;
    severity?: HealthSeverity;
    search?: string;
    after?: string | undefined;
  },
): Promise<{
  alerts: HealthAlert[];
  /** Where the next page begins; null on the last. */
  next: string | null;
  counts: Record<Exclude<HealthTab, "past">, number>;
}> {
  return withGrant(db, grant, async (tx) => {
    const rows = await select(tx)
      .where(
        and(
          ofTab[filter.tab],
          filter.after ? beyond(filter.tab, filter.after) : undefined,
          filter.severity && eq(healthReasons.severity, filter.severity),
          filter.search ? matches(filter.search) : undefined,
        ),
      )
      .orderBy(
        ...(filter.tab === "past"
          ? [desc(healthReasons.closedAt)]
          : [sql`${isCritical} desc`, desc(healthReasons.firstSeenAt)]),
        desc(healthReasons.id),
      )
      .limit(pageSize + 1);
    const page = rows.slice(0, pageSize);
    const last = page.at(-1);
    const moment = filter.tab === "past" ? last?.closedExactly : last?.firstExactly;
    const [counts] = await tx
      .select({
        open: sql<number>`count(*) filter (where ${ofTab.open})::int`,
        handled: sql<number>`count(*) filter (where ${ofTab.handled})::int`,
      })
      .from(healthReasons)
      .leftJoin(healthHandlings, eq(healthHandlings.reasonId, healthReasons.id));
    return {
      alerts: page.map(alertOf),
      next:
        rows.length > pageSize && last
          ? `${last.reason.severity},${moment},${last.reason.id}`
          : null,
      counts: counts ?? { open: 0, handled: 0 },
    };
  });
}

/** The reasons of one node: those that are open, then the latest that are past. */
export function healthOfNode(
  db: Database,
  grant: Grant<"fleet.read">,
  nodeId: Id<"node">,
): Promise<HealthAlert[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await select(tx)
      .where(eq(healthReasons.nodeId, nodeId))
      .orderBy(sql`${healthReasons.closedAt} desc nulls first`, desc(healthReasons.lastSeenAt))
      .limit(20);
    return rows.map(alertOf);
  });
}

/** How many critical reasons nobody has handled, and how many others. */
export function countAlerts(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<{ critical: number; warning: number }> {
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select({
        critical: sql<number>`count(*) filter (where ${healthReasons.severity} = 'critical')::int`,
        warning: sql<number>`count(*) filter (where ${healthReasons.severity} = 'warning')::int`,
      })
      .from(healthReasons)
      .leftJoin(healthHandlings, eq(healthHandlings.reasonId, healthReasons.id))
      .where(ofTab.open);
    return row ?? { critical: 0, warning: 0 };
  });
}

function select(tx: Transaction) {
  return tx
    .select({
      reason: healthReasons,
      firstExactly: exactly(healthReasons.firstSeenAt),
      closedExactly: exactly(healthReasons.closedAt),
      handling: healthHandlings,
      node: { id: nodes.id, name: nodes.name, lifecycle: nodes.lifecycle, rack: racks.name },
      held: { hostname: allocations.hostname, releasedAt: allocations.releasedAt },
      tenant: tenants.name,
      environment: environments.name,
      silence: silenceOver,
    })
    .from(healthReasons)
    .innerJoin(nodes, eq(nodes.id, healthReasons.nodeId))
    .innerJoin(racks, eq(racks.id, nodes.rackId))
    .leftJoin(allocations, eq(allocations.id, healthReasons.allocationId))
    .leftJoin(environments, eq(environments.id, healthReasons.environmentId))
    .leftJoin(tenants, eq(tenants.id, healthReasons.tenantId))
    .leftJoin(healthHandlings, eq(healthHandlings.reasonId, healthReasons.id))
    .$dynamic();
}

/** The rules in whose title a text is. */
function codesNamed(search: string): string[] {
  const text = search.toLowerCase();
  return namedRules().flatMap(({ code, title }) =>
    title.toLowerCase().includes(text) ? [code] : [],
  );
}

function matches(search: string): SQL {
  const like = containing(search);
  return sql`(${nodes.name} ilike ${like} or ${racks.name} ilike ${like}
    or ${environments.name} ilike ${like} or ${healthReasons.gpuUuid} ilike ${like}
    or ${healthReasons.code} ilike ${like}
    or ${healthReasons.code} = any (${sql.param(codesNamed(search))}::text[]))`;
}

type Row = Awaited<ReturnType<typeof select>>[number];

function alertOf({ reason, handling, node, held, tenant, environment, silence }: Row): HealthAlert {
  const rule = healthRule(reason.code);
  const isAcknowledged = (handling?.acknowledgedCount ?? 0) >= reason.count;
  return {
    id: reason.id,
    code: reason.code,
    severity: reason.severity,
    title: rule?.title ?? reason.code,
    advice: rule?.advice ?? "",
    source: rule?.source ?? "",
    node: { id: node.id, name: node.name, rack: node.rack },
    gpu: reason.gpu === wholeNode ? null : reason.gpu,
    uuid: reason.gpuUuid,
    holder:
      held && tenant !== null && environment !== null
        ? { tenant, environment, hostname: held.hostname, isOver: held.releasedAt !== null }
        : null,
    evidence: reason.evidence,
    count: reason.count,
    firstSeenAt: reason.firstSeenAt.toISOString(),
    lastSeenAt: reason.lastSeenAt.toISOString(),
    closed:
      reason.closedAt && reason.closedHow
        ? { at: reason.closedAt.toISOString(), how: reason.closedHow }
        : null,
    acknowledged:
      isAcknowledged && handling?.acknowledgedAt
        ? { at: handling.acknowledgedAt.toISOString(), by: handling.acknowledgedBy ?? "" }
        : null,
    note: handling?.note ?? null,
    silenced:
      silence && reason.closedAt === null
        ? { ...silence, until: new Date(silence.until).toISOString() }
        : null,
    holdsNode:
      reason.severity === "critical" &&
      reason.closedAt === null &&
      !isAcknowledged &&
      node.lifecycle === "available",
  };
}
