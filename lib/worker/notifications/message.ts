import type { NotificationRow } from "#db/queries/deliveries";
import type { WebhookForm } from "#lib/domain/notification/delivery";
import type { NotificationFact } from "#lib/domain/notification/notification";
import { notificationHref, notificationWords } from "#lib/domain/notification/words";
import type { Mail } from "#lib/ports/mail";

/** What is posted to a webhook, in its form. The same notification is always the same text. */
export function webhookBody(
  form: WebhookForm,
  notification: NotificationRow,
  origin: string,
): string {
  const { title, text, url, fact } = read(notification, origin);
  if (form === "slack") {
    const lines = [`*${escaped(title)}*`, escaped(text), url ? `<${url}|Open in Ingot>` : ""];
    return JSON.stringify({ text: lines.filter(Boolean).join("\n") });
  }
  return JSON.stringify({
    type: fact.kind,
    timestamp: notification.createdAt.toISOString(),
    data: { id: notification.id, title, text, url, ...fact.data },
  });
}

/** What is mailed to a person. */
export function mailOf(
  id: string,
  to: string,
  notification: NotificationRow,
  origin: string,
): Mail {
  const { title, text, url } = read(notification, origin);
  const why = `You get this because you chose so: ${origin}/account/notifications`;
  const parts = [`${title}.`, text, url ?? "", why];
  return { id, to, subject: title, text: `${parts.filter(Boolean).join("\n\n")}\n` };
}

function read({ kind, data, audience }: NotificationRow, origin: string) {
  const fact = { kind, data } as NotificationFact;
  const href = notificationHref(fact, audience);
  return { fact, ...notificationWords(fact, audience), url: href === null ? null : origin + href };
}

/** What Slack would read as its own marks (docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
