import type { Database } from "#db/client";
import {
  claimDeliveries,
  commitDelivery,
  type DeliveryRow,
  findMessage,
  type NotificationRow,
  renewDelivery,
  type Tried,
  type WebhookRow,
} from "#db/queries/deliveries";
import { fanOut } from "#db/queries/fan-out";
import { Fenced } from "#db/queries/operations";
import { unseal, webhookPathPlace, webhookSecretPlace } from "#lib/access/sealed";
import type { Log } from "#lib/config/log";
import { readAnswer } from "#lib/domain/notification/delivery";
import type { SendMail } from "#lib/ports/mail";
import { ProviderError } from "#lib/ports/provider";
import type { CallWebhook } from "#lib/ports/webhook";
import type { Witness } from "#lib/worker/journal";
import { mailer } from "#lib/worker/notifications/mailer";
import { webhookBody } from "#lib/worker/notifications/message";
import { again, cancelled, ended, sentence, untold } from "#lib/worker/notifications/tried";

export type DeliveryTools = {
  db: Database;
  callWebhook: CallWebhook;
  /** Null where mail is not set up. */
  sendMail: SendMail | null;
  privateKey: string;
  /** The portal's address, for links. */
  origin: string;
  leaseMs: number;
  /** One try takes no longer. */
  callMs: number;
  log: Log;
  witness?: Witness | undefined;
};

export type Deliverer = { poll: () => Promise<number>; stop: () => Promise<void> };

/** A mail server that hangs holds up no webhook, and the other way round. */
const atOnce = { webhook: 16, email: 4 } as const;
type Channel = keyof typeof atOnce;

/**
 * Hands on what is to be told, and sends what webhooks and mailboxes get, under leases and fences as
 * hooks are run. A worker that dies while it sends leaves the message to the next, which sends it
 * once more under the same id. No transaction is open meanwhile.
 */
export function createDeliverer(tools: DeliveryTools): Deliverer {
  const { db, callWebhook, sendMail, origin, leaseMs, callMs, log } = tools;
  const witness = tools.witness ?? (() => {});
  const mail = mailer({ db, sendMail, origin });
  const running = { webhook: new Set<Promise<void>>(), email: new Set<Promise<void>>() };
  let claiming: Promise<unknown> = Promise.resolve();
  const ending = new AbortController();

  async function poll(): Promise<number> {
    let handed = 0;
    do {
      if (ending.signal.aborted) return 0;
      handed = await fanOut(db, { mail: sendMail !== null });
    } while (handed > 0);
    return (await claim("webhook")) + (await claim("email"));
  }

  /** One after the other: each counts what those before it have taken. */
  function claim(channel: Channel): Promise<number> {
    const claimed = claiming.then(() => claimOf(channel));
    claiming = claimed.catch(() => {});
    return claimed;
  }

  async function claimOf(channel: Channel): Promise<number> {
    if (ending.signal.aborted) return 0;
    const mine = running[channel];
    const limit = atOnce[channel] - mine.size;
    const claimed = await claimDeliveries(db, { channel, leaseMs, limit });
    for (const delivery of claimed) {
      const work: Promise<void> = carry(delivery)
        .catch((error) => log.error({ error, delivery: delivery.id }, "delivery let go"))
        .finally(() => mine.delete(work))
        // Each receiver is sent one message after the other: there may be the next.
        .then(async () => void (await claim(channel)))
        .catch((error) => log.warn({ error }, "deliveries not claimed"));
      mine.add(work);
    }
    return claimed.length;
  }

  async function carry(delivery: DeliveryRow): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      renewDelivery(db, delivery, leaseMs).then(
        (kept) => kept || lost.abort(),
        (error) => log.warn({ error, delivery: delivery.id }, "lease not renewed"),
      );
    }, leaseMs / 3);
    const seen = { kind: "delivery" };
    try {
      witness("before_step", seen, delivery.channel);
      const signal = AbortSignal.any([lost.signal, ending.signal]);
      const tried = await send(delivery, signal).catch((error) => faulty(delivery, error));
      // What was broken off was not refused: it is sent once more by whoever comes next.
      if (signal.aborted && tried.state !== "delivered") throw new Fenced();
      witness("after_effect", seen, delivery.channel);
      await commitDelivery(db, delivery, tried);
      witness("after_commit", seen, delivery.channel);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      // Taken over, sent once more by hand, or its webhook is gone.
      log.info({ delivery: delivery.id }, "a delivery was let go");
    } finally {
      clearInterval(renewal);
    }
  }

  async function send(delivery: DeliveryRow, signal: AbortSignal): Promise<Tried> {
    const found = await findMessage(db, delivery);
    if (!found) throw new Fenced();
    const { notification, webhook } = found;
    if (delivery.channel === "email") return mail(delivery, notification);
    if (!webhook || webhook.removedAt) return cancelled("Its webhook is removed.");
    if (webhook.pausedAt && delivery.giveUpAt <= new Date()) {
      return ended("given_up", "Its webhook was paused for the whole day.");
    }
    if (webhook.pausedAt)
      return { ...untold("Its webhook is paused."), state: "waiting", afterMs: 0 };
    return call(delivery, notification, webhook, signal);
  }

  /** A fault of ours is told apart from a refusal, and waits as one does. */
  function faulty(delivery: DeliveryRow, error: unknown): Tried {
    if (error instanceof Fenced) throw error;
    log.error({ error, delivery: delivery.id }, "a message could not be made or sent");
    return { ...untold("Ingot could not send it; the reason is in its log."), ...again(delivery) };
  }

  async function call(
    delivery: DeliveryRow,
    notification: NotificationRow,
    webhook: WebhookRow,
    signal: AbortSignal,
  ): Promise<Tried> {
    const { id, form, address, certificatePem, sealedPath, sealedSecret } = webhook;
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    try {
      const path = unseal(tools.privateKey, webhookPathPlace(id), sealedPath);
      const secret = unseal(tools.privateKey, webhookSecretPlace(id), sealedSecret);
      const body = webhookBody(form, notification, origin);
      const { status } = await callWebhook(
        { address, path, certificatePem },
        { secret, id: delivery.id, body, deadlineMs: callMs, signal },
      );
      const { isDone, isFinal, words } = readAnswer(status);
      const kept = { status, words, tookMs: took() };
      if (isDone) return { ...kept, state: "delivered" };
      return isFinal ? { ...kept, state: "given_up" } : { ...kept, ...again(delivery) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return { status: null, words: sentence(error), tookMs: took(), ...again(delivery) };
    }
  }

  return {
    poll,
    stop: async () => {
      // What is broken off is sent once more, under the same id, by whoever comes next.
      ending.abort();
      await Promise.allSettled([...running.webhook, ...running.email]);
    },
  };
}
