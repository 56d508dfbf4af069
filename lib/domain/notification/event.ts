import type { Id } from "#lib/domain/id";
import type { Audience, NotificationFact } from "#lib/domain/notification/notification";
import { notificationHref, notificationWords } from "#lib/domain/notification/words";

/** A notification as programs get it: posted to a webhook, or sent over a stream. */
export type ToldEvent = {
  type: NotificationFact["kind"];
  timestamp: string;
  data: { id: Id<"notification">; title: string; text: string; url: string | null } & Record<
    string,
    unknown
  >;
};

/** The event that a stored notification is, always the same; `origin` is where the portal is. */
export function toldEvent(
  notification: {
    id: Id<"notification">;
    kind: NotificationFact["kind"];
    audience: Audience;
    data: NotificationFact["data"];
    createdAt: Date;
  },
  origin: string,
): ToldEvent {
  const { id, kind, audience, data, createdAt } = notification;
  const fact = { kind, data } as NotificationFact;
  const href = notificationHref(fact, audience);
  const { title, text } = notificationWords(fact, audience);
  const url = href === null ? null : origin + href;
  return {
    type: kind,
    timestamp: createdAt.toISOString(),
    data: { id, title, text, url, ...data },
  };
}
