"use client";

import type { Route } from "next";
import Link from "next/link";
import { RelativeTime } from "#components/ui/relative-time";
import { StateGlyph } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";
import type { NotificationView } from "#lib/schemas/notification-view";

/** One notification: what became so, the rest in small, and when. A link where there is a subject. */
export function NotificationLine({
  notification,
  follow,
}: {
  notification: NotificationView;
  /** Told when it is followed, or pressed where it leads nowhere. */
  follow: () => void;
}) {
  const { title, text, at, tone, href, isRead } = notification;
  const style = "flex w-full items-start gap-2.5 px-4 py-2 text-left hover:bg-hover";
  const body = (
    <>
      <StateGlyph kind={tone} className="mt-1.5" />
      <span className="min-w-0 flex-1">
        <span className={classNames("block break-words", !isRead && "font-medium")}>
          {!isRead && <span className="sr-only">Unread: </span>}
          {title}
        </span>
        {text && <span className="block break-words text-muted text-xs">{text}</span>}
        <RelativeTime at={at} focusable={false} className="text-faint text-xs" />
      </span>
      {!isRead && (
        <span aria-hidden="true" className="mt-2 size-1.5 shrink-0 rounded-full bg-accent" />
      )}
    </>
  );
  return href ? (
    <Link href={href as Route} prefetch={false} onClick={follow} className={style}>
      {body}
    </Link>
  ) : (
    <button type="button" onClick={follow} className={style}>
      {body}
    </button>
  );
}
