"use client";

import { useTransition } from "react";
import { NotificationLine } from "#components/notifications/notification-line";
import { Button } from "#components/ui/button";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { MarkReadInput } from "#lib/schemas/notification";
import type { NotificationView } from "#lib/schemas/notification-view";

type MarkRead = (input: MarkReadInput) => Promise<Result<unknown, Refusal>>;

/** One page of a person's notifications. Following one marks it as read. */
export function NotificationList({
  items,
  markRead,
}: {
  items: readonly NotificationView[];
  markRead: MarkRead;
}) {
  return (
    <ul aria-label="Notifications" className="divide-y divide-line text-sm">
      {items.map((each) => (
        <li key={each.id}>
          <NotificationLine
            notification={each}
            follow={() => {
              if (!each.isRead) void markRead({ notificationId: each.id });
            }}
          />
        </li>
      ))}
    </ul>
  );
}

/** Marks everything as read, what other pages hold as well. */
export function MarkAllRead({ markRead }: { markRead: MarkRead }) {
  const [pending, startTransition] = useTransition();
  return (
    <Button
      pending={pending}
      pendingLabel="Marking…"
      onClick={() =>
        startTransition(async () => {
          await markRead({ notificationId: "all" });
        })
      }
    >
      Mark all read
    </Button>
  );
}
