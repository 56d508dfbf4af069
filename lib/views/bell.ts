import { and, count, desc, eq, isNull, lt, type SQL } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { bellEntries, notifications } from "#db/schema/notifications";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { isId } from "#lib/domain/id";
import type { NotificationFact } from "#lib/domain/notification/notification";
import { notificationHref, notificationWords, tones } from "#lib/domain/notification/words";
import type { BellView, NotificationView } from "#lib/schemas/notification-view";

const inBell = 8;
const onPage = 50;
/** More are not counted: "99+" is what is shown. */
const mostCounted = 100;

/** How many are unread, and the newest few: of what this person may see now. */
export async function bellView(db: Database, actor: Actor): Promise<BellView> {
  return withUser(db, actor.userId, async (tx) => {
    const unread = tx
      .select({ id: notifications.id })
      .from(bellEntries)
      .innerJoin(notifications, eq(notifications.id, bellEntries.notificationId))
      .where(and(eq(bellEntries.userId, actor.userId), isNull(bellEntries.readAt)))
      .limit(mostCounted)
      .as("unread");
    const [counted] = await tx.select({ unread: count() }).from(unread);
    return { unread: counted?.unread ?? 0, newest: await list(tx, actor, inBell) };
  });
}

/** One page of a person's notifications, newest first, with the cursor of the next. */
export async function notificationPage(
  db: Database,
  actor: Actor,
  query: { after?: string | string[] | undefined; show?: string | string[] | undefined },
): Promise<{ items: NotificationView[]; next: string | null }> {
  return withUser(db, actor.userId, async (tx) => {
    const items = await list(
      tx,
      actor,
      onPage + 1,
      isId("notification", query.after) ? lt(notifications.id, query.after) : undefined,
      query.show === "unread" ? isNull(bellEntries.readAt) : undefined,
    );
    const page = items.slice(0, onPage);
    return { items: page, next: items.length > onPage ? (page.at(-1)?.id ?? null) : null };
  });
}

async function list(
  tx: Transaction,
  actor: Actor,
  limit: number,
  ...which: (SQL | undefined)[]
): Promise<NotificationView[]> {
  const rows = await tx
    .select({ notification: notifications, readAt: bellEntries.readAt })
    .from(bellEntries)
    .innerJoin(notifications, eq(notifications.id, bellEntries.notificationId))
    .where(and(eq(bellEntries.userId, actor.userId), ...which))
    .orderBy(desc(notifications.id))
    .limit(limit);
  return rows.map(({ notification, readAt }) => {
    const { id, kind, audience, data, createdAt } = notification;
    const fact = { kind, data } as NotificationFact;
    return {
      id,
      kind,
      tone: tones[kind],
      ...notificationWords(fact, audience),
      href: notificationHref(fact, audience),
      at: createdAt.toISOString(),
      isRead: readAt !== null,
    };
  });
}
