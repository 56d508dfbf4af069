"use client";

import type { Route } from "next";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { StateGlyph, type StateKind, stateColors } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";

export type NavItem = {
  href: string;
  label: string;
  /** A lucide element. */
  icon?: ReactNode;
  /** A figure at the end: 2 stuck. The label is for screen readers and must say what is counted. */
  badge?: { count: number; label: string; kind?: StateKind };
  /** Only this very address is "here": for the home of a section. */
  exact?: boolean;
};

export type NavSection = { label?: string; items: readonly NavItem[] };

/** The places of the portal; the one we are in is marked. */
export function NavList({ sections }: { sections: readonly NavSection[] }) {
  const path = usePathname();
  return (
    <nav aria-label="Main" className="flex flex-col gap-4">
      {sections.map((section) => (
        <div key={section.label ?? section.items[0]?.href}>
          {section.label && (
            <h2 className="mb-1 px-2 font-medium text-faint text-xs">{section.label}</h2>
          )}
          <ul className="flex flex-col gap-px">
            {section.items.map((item) => (
              <li key={item.href}>
                <NavLink item={item} active={isHere(path, item)} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function isHere(path: string, item: NavItem): boolean {
  return path === item.href || (!item.exact && path.startsWith(`${item.href}/`));
}

function NavLink({ item, active }: { item: NavItem; active: boolean }) {
  return (
    <Link
      href={item.href as Route}
      aria-current={active ? "page" : undefined}
      className={classNames(
        "relative flex h-8 items-center gap-2.5 rounded-md px-2 text-sm transition-colors max-md:h-10 [&>svg]:size-4 [&>svg]:shrink-0",
        active
          ? "bg-hover font-medium text-ink before:absolute before:inset-y-1.5 before:-left-3 before:w-0.5 before:rounded-r-full before:bg-accent"
          : "text-muted hover:bg-hover hover:text-ink",
      )}
    >
      {item.icon}
      <span className="min-w-0 flex-1 truncate">{item.label}</span>
      {item.badge && item.badge.count > 0 && (
        <span
          className={classNames(
            "flex items-center gap-1 text-xs",
            item.badge.kind ? stateColors[item.badge.kind] : "text-faint",
          )}
        >
          {item.badge.kind && <StateGlyph kind={item.badge.kind} />}
          {item.badge.count}
          <span className="sr-only"> {item.badge.label}</span>
        </span>
      )}
    </Link>
  );
}
