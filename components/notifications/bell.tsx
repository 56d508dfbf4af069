"use client";

import { Bell as BellIcon } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { Popover } from "radix-ui";
import { useState } from "react";
import { NotificationLine } from "#components/notifications/notification-line";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { whyRefused } from "#lib/client/ask";
import { useBell } from "#lib/client/use-bell";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { MarkReadInput } from "#lib/schemas/notification";
import type { BellView } from "#lib/schemas/notification-view";

/** How many notifications are unread, and behind it the newest few, each a link to its subject. */
export function Bell({
  initial,
  markRead,
}: {
  initial: BellView;
  markRead: (input: MarkReadInput) => Promise<Result<unknown, Refusal>>;
}) {
  const [open, setOpen] = useState(false);
  const [refused, setRefused] = useState<string>();
  const { data, refetch } = useBell(initial);
  const { unread, newest } = data;
  const shown = unread > 99 ? "99+" : String(unread);

  async function read(notificationId: MarkReadInput["notificationId"]) {
    setRefused(await whyRefused(() => markRead({ notificationId })));
    await refetch();
  }

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          aria-label={unread === 0 ? "Notifications" : `Notifications: ${shown} unread`}
          className="relative flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-ink"
        >
          <BellIcon aria-hidden="true" className="size-4" />
          {unread > 0 && (
            <span
              aria-hidden="true"
              className="absolute -top-0.5 right-0 min-w-4 rounded-full bg-ink px-1 text-center font-medium text-2xs text-on-ink tabular-nums leading-4"
            >
              {shown}
            </span>
          )}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Notifications"
          className="z-50 flex max-h-(--radix-popover-content-available-height) w-96 max-w-[calc(100vw-1rem)] flex-col rounded-md bg-raised text-sm shadow-raised outline-none"
        >
          <div className="flex items-center justify-between gap-3 border-line border-b px-4 py-2">
            <h2 className="font-medium">Notifications</h2>
            <Button
              size="sm"
              variant="ghost"
              disabledReason={unread === 0 ? "Nothing is unread." : null}
              onClick={() => read("all")}
            >
              Mark all read
            </Button>
          </div>
          <FormMessage message={refused} />
          {newest.length === 0 ? (
            <p className="px-4 py-6 text-center text-muted">Nothing has happened yet.</p>
          ) : (
            <ul className="min-h-0 overflow-y-auto py-1">
              {newest.map((each) => (
                <li key={each.id}>
                  <NotificationLine
                    notification={each}
                    follow={() => {
                      setOpen(false);
                      if (!each.isRead) void read(each.id);
                    }}
                  />
                </li>
              ))}
            </ul>
          )}
          <Link
            href={"/account/notifications" as Route}
            onClick={() => setOpen(false)}
            className="border-line border-t px-4 py-2 text-muted hover:text-ink"
          >
            All notifications, and what you are told
          </Link>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
