import { and, asc, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { Fenced } from "#db/queries/operations";
import { deliveries, notifications, webhooks } from "#db/schema/notifications";

export type DeliveryRow = typeof deliveries.$inferSelect;
export type WebhookRow = typeof webhooks.$inferSelect;
export type NotificationRow = typeof notifications.$inferSelect;

/** Of one tenant, and of the fleet, so many are sent at once by all workers. */
const mostOfTenant = 4;

/**
 * Takes up to `limit` deliveries of a channel that are due, for `leaseMs`: the one that has been due
 * longest of each receiver that is not being sent to, and a few of each tenant at a time, so that what
 * hangs holds up nobody else. A delivery
 * whose holder is gone is taken over and its fence raised. What belongs to a webhook that is paused
 * waits, until its day has passed. Times are the database's.
 */
export async function claimDeliveries(
  db: Database,
  input: { channel: DeliveryRow["channel"]; leaseMs: number; limit: number },
): Promise<DeliveryRow[]> {
  if (input.limit <= 0) return [];
  return db
    .update(deliveries)
    .set({
      fence: sql`${deliveries.fence} + 1`,
      attempt: sql`${deliveries.attempt} + 1`,
      leaseUntil: sql`now() + ${`${input.leaseMs} milliseconds`}::interval`,
    })
    .where(
      // An array and not a join: the rows are picked once, whatever the planner thinks best.
      sql`${deliveries.id} = any(array(
        select d.id from deliveries d
        where d.id in (
            select due.id from (
              select first.id, first.tenant_id,
                row_number() over (partition by first.tenant_id order by first.run_after) as nth
              from (
                select distinct on (coalesce(o.webhook_id, o.user_id)) o.id, o.tenant_id, o.run_after
                from deliveries o left join webhooks w on w.id = o.webhook_id
                where o.state = 'waiting' and o.channel = ${input.channel} and o.run_after <= now()
                  and (w.paused_at is null or o.give_up_at <= now())
                  and not exists (select from deliveries b where b.state = 'waiting'
                    and coalesce(b.webhook_id, b.user_id) = coalesce(o.webhook_id, o.user_id)
                    and b.lease_until >= now())
                order by coalesce(o.webhook_id, o.user_id), o.run_after, o.notification_id
              ) first
            ) due
            where due.nth + (select count(*) from deliveries b where b.state = 'waiting'
              and b.channel = ${input.channel} and b.tenant_id is not distinct from due.tenant_id
              and b.lease_until >= now()) <= ${mostOfTenant})
          and d.state = 'waiting' and d.run_after <= now()
          and (d.lease_until is null or d.lease_until < now())
        order by d.run_after limit ${input.limit} for no key update skip locked))`,
    )
    .returning();
}

/** Prolongs a lease; false when it was lost, or when the delivery has been ended meanwhile. */
export async function renewDelivery(
  db: Database,
  delivery: Pick<DeliveryRow, "id" | "fence">,
  leaseMs: number,
): Promise<boolean> {
  const rows = await db
    .update(deliveries)
    .set({ leaseUntil: sql`now() + ${`${leaseMs} milliseconds`}::interval` })
    .where(held(delivery))
    .returning({ id: deliveries.id });
  return rows.length === 1;
}

/** What one try came to. */
export type Tried = {
  status: number | null;
  words: string;
  tookMs: number | null;
  /** Others that went in the same mail: what came of it came of them. */
  also?: readonly DeliveryRow["id"][];
} & (
  | { state: "delivered" | "given_up" | "cancelled" }
  | { state: "waiting"; afterMs: number }
  /** Not tried yet: the day in which it is tried begins so much later. */
  | { state: "held"; untilMs: number }
);

/**
 * Writes what a try came to, if this holder still has the delivery: throws `Fenced` otherwise. One
 * that is to be tried again is given up instead when its day has passed; its last try is at the end
 * of that day.
 */
export async function commitDelivery(
  db: Database,
  delivery: Pick<DeliveryRow, "id" | "fence">,
  tried: Tried,
): Promise<void> {
  const { status: lastStatus, words: lastWords, tookMs, also = [] } = tried;
  const settle = async (tx: Transaction | Database) => {
    const rows = await tx
      .update(deliveries)
      .set({
        ...next(tried),
        ...(tried.state === "held" ? {} : { lastStatus, tookMs, lastAt: sql`now()` }),
        lastWords,
        leaseUntil: null,
      })
      .where(held(delivery))
      .returning({ id: deliveries.id });
    if (rows.length === 0) throw new Fenced();
  };
  // One statement where it is alone.
  if (also.length === 0) return settle(db);
  await db.transaction(async (tx) => {
    await settle(tx);
    await tx.execute(sql`
      update deliveries d set state = h.state, attempt = h.attempt, run_after = h.run_after,
        give_up_at = h.give_up_at, ended_at = h.ended_at, last_status = h.last_status,
        last_words = h.last_words, last_at = h.last_at, took_ms = h.took_ms
      from deliveries h
      where h.id = ${delivery.id} and d.id <> h.id and d.id = any(${sql.param([...also])}::text[])
        and d.state = 'waiting'`);
  });
}

function next(tried: Tried) {
  switch (tried.state) {
    case "waiting": {
      const isOver = sql`${deliveries.giveUpAt} <= now()`;
      return {
        state: sql`case when ${isOver} then 'given_up' else 'waiting' end`,
        endedAt: sql`case when ${isOver} then now() end`,
        runAfter: sql`least(${deliveries.giveUpAt}, now() + ${`${tried.afterMs} milliseconds`}::interval)`,
      };
    }
    case "held": {
      const until = sql`to_timestamp(${tried.untilMs / 1000}::float8)`;
      return {
        runAfter: until,
        giveUpAt: sql`${deliveries.giveUpAt} + greatest(interval '0', ${until} - now())`,
        attempt: sql`${deliveries.attempt} - 1`,
      };
    }
    default:
      return { state: tried.state, endedAt: sql`now()` };
  }
}

/**
 * What waits for the same digest as this one, oldest first, itself among it. Whoever holds one of them
 * has them all: of each person one is held at a time.
 */
export async function listDigest(
  db: Transaction | Database,
  { userId, digestAt }: DeliveryRow,
): Promise<{ delivery: DeliveryRow; notification: NotificationRow }[]> {
  if (!userId || !digestAt) return [];
  return db
    .select({ delivery: deliveries, notification: notifications })
    .from(deliveries)
    .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .where(
      and(
        eq(deliveries.userId, userId),
        eq(deliveries.digestAt, digestAt),
        eq(deliveries.state, "waiting"),
      ),
    )
    .orderBy(asc(notifications.id));
}

/** What a delivery is about, and the webhook that it goes to. */
export async function findMessage(
  db: Database,
  delivery: DeliveryRow,
): Promise<{ notification: NotificationRow; webhook: WebhookRow | null } | undefined> {
  const [found] = await db
    .select({ notification: notifications, webhook: webhooks })
    .from(notifications)
    .leftJoin(webhooks, sql`${webhooks.id} = ${delivery.webhookId}`)
    .where(eq(notifications.id, delivery.notificationId));
  return found;
}

function held(delivery: Pick<DeliveryRow, "id" | "fence">) {
  return and(
    eq(deliveries.id, delivery.id),
    eq(deliveries.fence, delivery.fence),
    eq(deliveries.state, "waiting"),
  );
}
