import { asc, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { mailTimesOf } from "#db/queries/mail-times";
import { bellEntries, deliveries, type mailTimes, notifications } from "#db/schema/notifications";
import { type Id, newId } from "#lib/domain/id";
import { deliveryHours } from "#lib/domain/notification/delivery";
import {
  type MailTimes,
  nextDigest,
  quietUntil,
  urgentKinds,
  usualMailTimes,
} from "#lib/domain/notification/mail-times";
import type { NotificationKind } from "#lib/domain/notification/notification";

type MailTimesRow = Omit<typeof mailTimes.$inferSelect, "userId">;

/** Rows of one statement: Postgres takes 65,535 values at most. */
const rowsAtOnce = 5_000;

/**
 * Hands on what was written and not yet handed on: to the bell of each person who may see it now and
 * wants to, to the webhooks that asked for it, and to mail where mail is set up. One at a time, in a
 * transaction: whoever dies in it has done nothing, and two never hand on the same. Gives how many.
 */
export async function fanOut(db: Database, { mail }: { mail: boolean }): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select({ id: notifications.id })
      .from(notifications)
      .where(isNull(notifications.fannedOutAt))
      .orderBy(asc(notifications.id))
      .limit(1)
      .for("update", { skipLocked: true });
    const ids = due.map(({ id }) => id);
    if (ids.length === 0) return 0;
    const people = await listRecipients(tx, sql`n.id = any(${sql.param(ids)}::text[])`);
    await insertBells(tx, people);
    if (mail) {
      await insertDeliveries(tx, mailsTo(people));
    }
    await insertDeliveries(tx, await listHooks(tx, ids));
    await tx
      .update(notifications)
      .set({ fannedOutAt: sql`now()` })
      .where(inArray(notifications.id, ids));
    return ids.length;
  });
}

export type Recipient = {
  notificationId: Id<"notification">;
  userId: Id<"user">;
  email: string;
  channel: "bell" | "email" | "digest";
  kind: NotificationKind;
  /** When they want mail; null where they have not said. */
  times: MailTimes | null;
  /** By the database's clock. */
  nowMs: number;
};

/**
 * Who may see these notifications now and has not switched their kind off. The database's policy on
 * notifications asks the same when they are read.
 */
export async function listRecipients(tx: Transaction | Database, which: SQL): Promise<Recipient[]> {
  const { rows } = await tx.execute<Omit<Recipient, "times"> & { times: MailTimesRow | null }>(sql`
    select n.id as "notificationId", u.id as "userId", u.email, coalesce(p.channel, 'bell') as channel,
      n.kind, floor(extract(epoch from now()) * 1000)::float8 as "nowMs",
      case when t.user_id is not null then json_build_object('timeZone', t.time_zone,
        'quietFrom', t.quiet_from, 'quietUntil', t.quiet_until, 'digestAt', t.digest_at) end as times
    from notifications n
    cross join lateral (
      select o.id from users o where n.audience = 'operators'
        and (o.operator_role = 'fleet_admin'
          or (o.operator_role is not null and n.kind <> 'approval.asked'))
      union
      select m.user_id from tenant_members m
      where n.audience in ('project', 'tenant_admins') and m.tenant_id = n.tenant_id
        and (m.until is null or m.until > now())
        and (m.role in ('owner', 'admin') or (n.audience = 'project' and exists (
          select from project_members pm where pm.project_id = n.project_id
            and pm.user_id = m.user_id and (pm.until is null or pm.until > now()))))
      union
      select o.id from users o where n.audience = 'person' and o.id = n.user_id
        and (n.kind in ('membership.changed', 'account.changed', 'token.in_two_places') or o.operator_role is not null or exists (
          select from tenant_members m where m.tenant_id = n.tenant_id and m.user_id = o.id
            and (m.until is null or m.until > now())))
    ) told
    join users u on u.id = told.id and u.disabled_at is null
    left join notification_preferences p on p.user_id = u.id and p.kind = n.kind
    left join mail_times t on t.user_id = u.id
    where ${which} and coalesce(p.channel, 'bell') <> 'off'`);
  return rows.map((row) => ({ ...row, times: row.times && mailTimesOf(row.times) }));
}

/**
 * The mails to those who want some: one that comes in quiet hours waits for their end, unless it is
 * urgent, and one of the digest for the next of those. A day for trying begins when it is due.
 */
function mailsTo(people: readonly Recipient[]): NewDelivery[] {
  return people.flatMap(({ notificationId, userId, channel, kind, times, nowMs }) => {
    if (channel === "bell") return [];
    const mail = { notificationId, userId, channel: "email" as const };
    const wanted = times ?? usualMailTimes;
    const digestMs = channel === "digest" ? nextDigest(wanted, nowMs) : null;
    const heldMs = urgentKinds.includes(kind) ? null : quietUntil(wanted, nowMs);
    const dueMs = digestMs ?? heldMs;
    if (dueMs === null) return [mail];
    const runAfter = new Date(dueMs);
    const giveUpAt = new Date(dueMs + deliveryHours * 3_600_000);
    return [{ ...mail, runAfter, giveUpAt, digestAt: digestMs === null ? null : runAfter }];
  });
}

/**
 * Which webhooks asked for these: the tenant's own, or the fleet's for what operators are told. The
 * audit log is told as it is read: a tenant's own events, and all of them in the fleet.
 */
async function listHooks(tx: Transaction, ids: readonly Id<"notification">[]) {
  const { rows } = await tx.execute<{
    notificationId: Id<"notification">;
    webhookId: Id<"webhook">;
    tenantId: Id<"tenant"> | null;
  }>(sql`
    select n.id as "notificationId", w.id as "webhookId", w.tenant_id as "tenantId"
    from notifications n
    join webhooks w on w.removed_at is null and case n.audience
      when 'operators' then w.tenant_id is null and n.kind = any(w.kinds)
      when 'webhook' then case n.kind
        when 'audit.event' then n.kind = any(w.kinds) and (w.tenant_id is null or w.tenant_id = n.tenant_id)
        else w.id = n.data ->> 'webhookId' end
      when 'person' then false
      else w.tenant_id = n.tenant_id and n.kind = any(w.kinds) end
    where n.id = any(${sql.param([...ids])}::text[])
    order by n.id`);
  return rows.map((row) => ({ ...row, channel: "webhook" as const }));
}

async function insertBells(tx: Transaction, people: readonly Recipient[]): Promise<void> {
  for (const some of chunks(people)) {
    await tx
      .insert(bellEntries)
      .values(some.map(({ userId, notificationId }) => ({ userId, notificationId })))
      .onConflictDoNothing();
  }
}

type NewDelivery = Pick<
  typeof deliveries.$inferInsert,
  "notificationId" | "channel" | "tenantId" | "webhookId" | "userId" | "runAfter" | "digestAt"
> & { giveUpAt?: Date };

async function insertDeliveries(tx: Transaction, rows: readonly NewDelivery[]): Promise<void> {
  for (const some of chunks(rows)) {
    await tx
      .insert(deliveries)
      .values(
        some.map((row) => ({
          id: newId("delivery"),
          giveUpAt: sql`now() + make_interval(hours => ${deliveryHours})`,
          ...row,
        })),
      )
      .onConflictDoNothing();
  }
}

function chunks<T>(rows: readonly T[]): T[][] {
  const count = Math.ceil(rows.length / rowsAtOnce);
  return Array.from({ length: count }, (_, n) => rows.slice(n * rowsAtOnce, (n + 1) * rowsAtOnce));
}
