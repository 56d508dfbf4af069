import type { NotificationRow } from "#db/queries/deliveries";
import type { WebhookForm } from "#lib/domain/notification/delivery";
import { toldEvent } from "#lib/domain/notification/event";
import type { Mail } from "#lib/ports/mail";

/** What is posted to a webhook, in its form. The same notification is always the same text. */
export function webhookBody(
  form: WebhookForm,
  notification: NotificationRow,
  origin: string,
): string {
  const event = toldEvent(notification, origin);
  const { title, text, url } = event.data;
  if (form === "slack") {
    const lines = [`*${escaped(title)}*`, escaped(text), url ? `<${url}|Open in Ingot>` : ""];
    return JSON.stringify({ text: lines.filter(Boolean).join("\n") });
  }
  return JSON.stringify(event);
}

/** What is mailed to a person. */
export function mailOf(
  id: string,
  to: string,
  notification: NotificationRow,
  origin: string,
): Mail {
  const { title, text, url } = toldEvent(notification, origin).data;
  const why = `You get this because you chose so: ${origin}/account/notifications`;
  const parts = [`${title}.`, text, url ?? "", why];
  return { id, to, subject: title, text: `${parts.filter(Boolean).join("\n\n")}\n` };
}

/** Of a digest so many are told; the rest are in the portal. */
const mostInDigest = 100;

/** The daily digest: what came since the last one, oldest first, with the clock of their zone. */
export function digestOf(
  id: string,
  to: string,
  notifications: readonly NotificationRow[],
  timeZone: string,
  origin: string,
): Mail {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const lines = notifications.slice(0, mostInDigest).map((notification) => {
    const { title, text, url } = toldEvent(notification, origin).data;
    const at = clock.format(notification.createdAt);
    return [`${at}  ${title}.`, text, url ?? ""].filter(Boolean).join("\n");
  });
  const more = notifications.length - lines.length;
  const page = `${origin}/account/notifications`;
  if (more > 0) lines.push(`And ${more} more: ${page}`);
  const why = `Times are of ${timeZone}. You get this once a day because you chose so: ${page}`;
  const [first] = notifications;
  const subject =
    first && notifications.length === 1
      ? `Daily digest: ${toldEvent(first, origin).data.title}`
      : `Daily digest: ${notifications.length} notifications`;
  return { id, to, subject, text: `${[...lines, why].join("\n\n")}\n` };
}

/** What Slack would read as its own marks (docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
