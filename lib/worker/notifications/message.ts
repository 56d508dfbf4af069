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

/** What Slack would read as its own marks (docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
