import { and, asc, desc, eq, inArray, lt } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { shownOfWebhook, webhooksOf } from "#db/queries/webhooks";
import { deliveries, notifications, webhooks } from "#db/schema/notifications";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import type { DeliveryState, WebhookForm } from "#lib/domain/notification/delivery";
import type { NotificationFact, NotificationKind } from "#lib/domain/notification/notification";
import { notificationWords } from "#lib/domain/notification/words";

type Reader = Grant<"fleet.read"> | Grant<"tenant.webhooks">;

export type DeliveryView = {
  id: Id<"delivery">;
  kind: NotificationKind;
  title: string;
  state: DeliveryState;
  attempt: number;
  lastStatus: number | null;
  lastWords: string;
  lastAt: string | null;
  tookMs: number | null;
  createdAt: string;
  /** When it is tried next, while it waits. */
  nextAt: string | null;
};

export type WebhookView = {
  id: Id<"webhook">;
  name: string;
  form: WebhookForm;
  /** Its path may be a secret, and is not shown. */
  address: string;
  certificatePem: string;
  kinds: NotificationKind[];
  isPaused: boolean;
  createdBy: string;
  createdAt: string;
  last: DeliveryView | null;
};

/** The webhooks of a place, with the newest message to each. */
export async function webhooksView(db: Database, grant: Reader): Promise<WebhookView[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select(shownOfWebhook)
      .from(webhooks)
      .where(webhooksOf(placeOf(grant)))
      .orderBy(asc(webhooks.name));
    const newest = await tx
      .selectDistinctOn([deliveries.webhookId], { id: deliveries.id })
      .from(deliveries)
      .where(
        inArray(
          deliveries.webhookId,
          rows.map(({ id }) => id),
        ),
      )
      .orderBy(deliveries.webhookId, desc(deliveries.id));
    const last = await listDeliveries(
      tx,
      inArray(
        deliveries.id,
        newest.map(({ id }) => id),
      ),
      newest.length,
    );
    return rows.map((row) => viewOf(row, last.find((each) => each.webhookId === row.id) ?? null));
  });
}

const onPage = 50;

/** One webhook of the place with a page of its messages, newest first; null when it has none such. */
export async function webhookDetail(
  db: Database,
  grant: Reader,
  id: string,
  after: string | string[] | undefined,
): Promise<{ webhook: WebhookView; deliveries: DeliveryView[]; next: string | null } | null> {
  if (!isId("webhook", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select(shownOfWebhook)
      .from(webhooks)
      .where(and(eq(webhooks.id, id), webhooksOf(placeOf(grant))));
    if (!row) return null;
    const found = await listDeliveries(
      tx,
      and(
        eq(deliveries.webhookId, id),
        isId("delivery", after) ? lt(deliveries.id, after) : undefined,
      ),
      onPage + 1,
    );
    const page = found.slice(0, onPage);
    return {
      webhook: viewOf(row, page[0] ?? null),
      deliveries: page,
      next: found.length > onPage ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

const placeOf = (grant: Reader) => (grant.scope === "fleet" ? null : grant.tenantId);

async function listDeliveries(
  tx: Transaction,
  which: ReturnType<typeof and>,
  limit: number,
): Promise<(DeliveryView & { webhookId: Id<"webhook"> | null })[]> {
  const rows = await tx
    .select({ delivery: deliveries, notification: notifications })
    .from(deliveries)
    .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .where(which)
    .orderBy(desc(deliveries.id))
    .limit(limit);
  return rows.map(({ delivery, notification }) => {
    const { id, webhookId, state, attempt, lastStatus, lastWords, lastAt, tookMs } = delivery;
    const { kind, data, audience } = notification;
    return {
      ...{ id, webhookId, kind, state, attempt, lastStatus, lastWords, tookMs },
      title: notificationWords({ kind, data } as NotificationFact, audience).title,
      lastAt: lastAt?.toISOString() ?? null,
      createdAt: delivery.createdAt.toISOString(),
      nextAt: state === "waiting" ? delivery.runAfter.toISOString() : null,
    };
  });
}

type Row = Pick<
  typeof webhooks.$inferSelect,
  Exclude<keyof typeof shownOfWebhook, "tenantId" | "pausedAt">
> & { pausedAt: Date | null };

function viewOf(row: Row, last: DeliveryView | null): WebhookView {
  const { id, name, form, address, kinds, pausedAt, createdByName, createdAt } = row;
  return {
    ...{ id, name, form, address, kinds, last },
    certificatePem: row.certificatePem ?? "",
    isPaused: pausedAt !== null,
    createdBy: createdByName,
    createdAt: createdAt.toISOString(),
  };
}
