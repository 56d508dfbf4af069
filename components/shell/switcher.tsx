"use client";

import { ChevronsUpDown } from "lucide-react";
import { Fragment } from "react";
import { DropdownMenu, MenuLabel, MenuLink, MenuSeparator } from "#components/ui/dropdown-menu";

export type SwitcherPlace = { name: string; href: string; detail?: string; current?: boolean };

export type SwitcherProps = {
  /** What is switched: "Tenant and project". */
  label: string;
  current: { name: string; detail?: string };
  groups: readonly { heading?: string; items: readonly SwitcherPlace[] }[];
};

/** Where we are, and the other places of its kind. */
export function Switcher({ label, current, groups }: SwitcherProps) {
  return (
    <DropdownMenu
      align="start"
      className="min-w-56"
      trigger={
        <button
          type="button"
          aria-label={`${label}: ${[current.name, current.detail].filter(Boolean).join(", ")}`}
          className="flex min-h-10 w-full items-center gap-2 rounded-md border border-line bg-surface px-2.5 py-1 text-left transition-colors hover:border-control"
        >
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-sm leading-4.5">{current.name}</span>
            {current.detail && (
              <span className="block truncate text-faint text-xs leading-4">{current.detail}</span>
            )}
          </span>
          <ChevronsUpDown aria-hidden="true" className="size-3.5 shrink-0 text-faint" />
        </button>
      }
    >
      {groups.map((group, index) => (
        <Fragment key={group.heading ?? index}>
          {index > 0 && <MenuSeparator />}
          {group.heading && <MenuLabel>{group.heading}</MenuLabel>}
          {group.items.map((item) => (
            <MenuLink key={item.href} href={item.href} hint={item.detail} current={item.current}>
              {item.name}
            </MenuLink>
          ))}
        </Fragment>
      ))}
    </DropdownMenu>
  );
}
