import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { settleNodeHealth } from "#db/queries/health-reasons";
import { insertSilence } from "#db/queries/health-silences";
import { notifyOfHealth } from "#db/queries/notify-of-health";
import { healthHandlings, healthReasons } from "#db/schema/health-reasons";
import { nodes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { healthRule } from "#lib/domain/health/rules";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type {
  AcknowledgeHealthInput,
  ClearHealthInput,
  SilenceHealthInput,
} from "#lib/schemas/health";

// What an operator does about a reason. None of it touches the node itself: what follows for a free
// node is that it may be given out.

type Handled = Result<void, RefusalOf<"not_found" | "not_now">>;
type Reason = typeof healthReasons.$inferSelect;
type Does = (tx: Transaction, reason: Reason) => Promise<Record<string, unknown>>;

/**
 * Says that an operator knows: the reason stays, and no longer keeps a free node from being given
 * out, until it happens once more.
 */
export function acknowledgeHealth(
  db: Database,
  grant: Grant<"node.operate">,
  { reasonId, note }: AcknowledgeHealthInput,
): Promise<Handled> {
  return handle(db, grant, reasonId, "health.acknowledge", async (tx, { count }) => {
    await keep(tx, reasonId, {
      ...{ acknowledgedAt: new Date(), acknowledgedBy: grant.actorName },
      ...{ acknowledgedCount: count, note },
    });
    return { note };
  });
}

/** Says that a reason is past: what closes only by an operator, or sooner than by itself. */
export function clearHealth(
  db: Database,
  grant: Grant<"node.operate">,
  { reasonId, note }: ClearHealthInput,
): Promise<Handled> {
  return handle(db, grant, reasonId, "health.clear", async (tx, reason) => {
    await tx
      .update(healthReasons)
      .set({ closedAt: new Date(), closedHow: "cleared" })
      .where(eq(healthReasons.id, reasonId));
    await keep(tx, reasonId, { note });
    await notifyOfHealth(tx, [{ what: "past", reason }]);
    return { note };
  });
}

/**
 * Takes a reason, and what opens of its rule on the same GPU, out of what operators are told, until a time.
 * A free node is kept back as before.
 */
export function silenceHealth(
  db: Database,
  grant: Grant<"node.operate">,
  { reasonId, hours, reason }: SilenceHealthInput,
): Promise<Handled> {
  return handle(db, grant, reasonId, "health.silence", async (tx, { nodeId, gpu, code }) => {
    const { until } = await insertSilence(tx, {
      ...{ siteId: null, rackId: null, nodeId, gpu, code },
      ...{ reason, hours, silencedBy: grant.actorName },
    });
    return { reason, until: until.toISOString() };
  });
}

/** Does one thing about an open reason, has the node's health follow, and writes it down. */
function handle(
  db: Database,
  grant: Grant<"node.operate">,
  reasonId: Id<"healthReason">,
  action: string,
  does: Does,
): Promise<Handled> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ reason: healthReasons, name: nodes.name })
      .from(healthReasons)
      .innerJoin(nodes, eq(nodes.id, healthReasons.nodeId))
      .where(eq(healthReasons.id, reasonId))
      // One may be closed by the worker while another handles it.
      .for("update", { of: healthReasons });
    if (!found) return refuse({ kind: "not_found", resource: "reason" });
    const { reason, name } = found;
    if (reason.closedAt !== null) {
      return refuse({
        kind: "not_now",
        reason: "This has passed already.",
        advice: "Look at the list anew.",
      });
    }
    const detail = await does(tx, reason);
    await settleNodeHealth(tx, [reason.nodeId]);
    await recordAudit(tx, grant, {
      action,
      object: { kind: "node", id: reason.nodeId, name },
      detail: { what: healthRule(reason.code)?.title ?? reason.code, gpu: reason.gpu, ...detail },
    });
    return ok(undefined);
  });
}

async function keep(
  tx: Transaction,
  reasonId: Id<"healthReason">,
  what: Partial<typeof healthHandlings.$inferInsert>,
): Promise<void> {
  await tx
    .insert(healthHandlings)
    .values({ reasonId, ...what })
    .onConflictDoUpdate({ target: healthHandlings.reasonId, set: what });
}
