"use client";

import type { Route } from "next";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { classNames } from "#lib/client/class-names";

export type TabLink = {
  href: string;
  label: string;
  count?: number | null /** Overrides the match by path: for tabs kept in the query. */;
  active?: boolean;
};

/** The parts of one page as links, so that the tab is in the URL. */
export function Tabs({
  label,
  items,
  className,
}: {
  label: string;
  items: readonly TabLink[];
  className?: string;
}) {
  const path = usePathname();
  return (
    <nav
      aria-label={label}
      className={classNames("overflow-x-auto border-line border-b", className)}
    >
      <ul className="flex gap-5">
        {items.map((item) => {
          const active = item.active ?? item.href.split("?")[0] === path;
          return (
            <li key={item.href}>
              <Link
                href={item.href as Route}
                scroll={false}
                aria-current={active ? "page" : undefined}
                className={classNames(
                  "flex items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 py-2 text-sm transition-colors focus-visible:-outline-offset-2",
                  active ? "border-accent font-medium text-ink" : "text-muted hover:text-ink",
                )}
              >
                {item.label}
                {item.count != null && <span className="text-faint text-xs">{item.count}</span>}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
