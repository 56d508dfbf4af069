import { sql } from "drizzle-orm";
import type { Database } from "#db/client";
import {
  type DeliveryRow,
  listDigest,
  type NotificationRow,
  type Tried,
} from "#db/queries/deliveries";
import { listRecipients, type Recipient } from "#db/queries/fan-out";
import { quietUntil, urgentKinds, usualMailTimes } from "#lib/domain/notification/mail-times";
import { type Mail, MailError, type SendMail } from "#lib/ports/mail";
import { digestOf, mailOf } from "#lib/worker/notifications/message";
import { again, cancelled, sentence, untold } from "#lib/worker/notifications/tried";

/**
 * Sends a mail, or the digest that it is part of, in one mail: whatever waits for the same one goes with
 * it and shares what comes of it. In the receiver's quiet hours it is held until they are over, also
 * when they chose them, or the mail server came back, after it was written.
 */
export function mailer(tools: { db: Database; sendMail: SendMail | null; origin: string }) {
  const { db, sendMail, origin } = tools;

  /** Those who may get these still and want mail about them: they may have lost them since. */
  async function recipientsOf(delivery: DeliveryRow, ids: readonly string[]): Promise<Recipient[]> {
    const found = await listRecipients(
      db,
      sql`n.id = any(${sql.param([...ids])}::text[]) and u.id = ${delivery.userId}`,
    );
    return found.filter(({ channel }) => channel !== "bell");
  }

  return async (delivery: DeliveryRow, notification: NotificationRow): Promise<Tried> => {
    if (!sendMail) return cancelled("Mail is not set up any more.");
    const [recipient] = await recipientsOf(delivery, [notification.id]);
    if (!recipient) return cancelled("It is no longer theirs to get.");
    const times = recipient.times ?? usualMailTimes;
    const isDigest = delivery.digestAt !== null;
    const isUrgent = !isDigest && urgentKinds.includes(notification.kind);
    const untilMs = isUrgent ? null : quietUntil(times, recipient.nowMs);
    const batch = isDigest ? await listDigest(db, delivery) : [];
    if (untilMs !== null) {
      return {
        ...untold("It waits for the end of quiet hours."),
        state: "held",
        untilMs,
        also: batch.map((each) => each.delivery.id),
      };
    }
    if (!isDigest)
      return hand(
        sendMail,
        delivery,
        mailOf(delivery.id, recipient.email, notification, origin),
        [],
      );
    const theirs = await recipientsOf(
      delivery,
      batch.map((each) => each.notification.id),
    );
    const wanted = new Set(theirs.map(({ notificationId }) => notificationId));
    const shown = batch.filter((each) => wanted.has(each.notification.id));
    const told = shown.map((each) => each.notification);
    const mail = digestOf(delivery.id, recipient.email, told, times.timeZone, origin);
    return hand(
      sendMail,
      delivery,
      mail,
      shown.map((each) => each.delivery.id),
    );
  };
}

async function hand(
  sendMail: SendMail,
  delivery: DeliveryRow,
  mail: Mail,
  also: NonNullable<Tried["also"]>,
): Promise<Tried> {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    await sendMail(mail);
    const words = "The mail server took it.";
    return { status: null, words, tookMs: took(), state: "delivered", also };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const kept = { status: null, words: sentence(error), tookMs: took(), also };
    return error.isFinal ? { ...kept, state: "given_up" } : { ...kept, ...again(delivery) };
  }
}
