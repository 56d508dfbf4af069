import { z } from "zod";
import { notificationKinds } from "#lib/domain/notification/notification";
import { idOf } from "#lib/schemas/id";

/** What a bell shows of one notification. */
export const notificationView = z.object({
  id: idOf("notification"),
  kind: z.enum(notificationKinds),
  tone: z.enum(["ok", "attention", "critical", "neutral"]),
  title: z.string(),
  text: z.string(),
  /** Where its subject is; null where there is nothing to look at. */
  href: z.string().nullable(),
  at: z.iso.datetime(),
  isRead: z.boolean(),
});
export type NotificationView = z.infer<typeof notificationView>;

/** The answer of `/api/bell`; a hundred unread may be more. */
export const bellView = z.object({ unread: z.number(), newest: z.array(notificationView) });
export type BellView = z.infer<typeof bellView>;
