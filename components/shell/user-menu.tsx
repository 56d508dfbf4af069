"use client";

import { BookOpen, ChevronsUpDown, LogOut, UserRound } from "lucide-react";
import { useTransition } from "react";
import {
  DropdownMenu,
  MenuItem,
  MenuLabel,
  MenuLink,
  MenuSeparator,
} from "#components/ui/dropdown-menu";
import { ThemeMenu } from "#components/ui/theme-toggle";

export type UserMenuProps = {
  user: { name: string; email: string };
  accountHref: string;
  /** Ends the session and leads away. */
  signOut: () => Promise<unknown>;
};

/** Who is signed in, their account, the theme, and the way out. */
export function UserMenu({ user, accountHref, signOut }: UserMenuProps) {
  const [pending, startTransition] = useTransition();
  return (
    <DropdownMenu
      align="start"
      side="top"
      className="min-w-52"
      trigger={
        <button
          type="button"
          aria-label={`Your account: ${user.name}`}
          className="flex h-9 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm transition-colors hover:bg-hover"
        >
          <span
            aria-hidden="true"
            className="flex size-5 shrink-0 items-center justify-center rounded-sm bg-line font-medium text-2xs text-ink uppercase"
          >
            {user.name.slice(0, 1)}
          </span>
          <span className="min-w-0 flex-1 truncate text-muted">
            {pending ? "Signing out…" : user.name}
          </span>
          <ChevronsUpDown aria-hidden="true" className="size-3.5 text-faint" />
        </button>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuLink href={accountHref} icon={<UserRound aria-hidden="true" />}>
        Account, keys and sessions
      </MenuLink>
      <MenuLink href="/docs" icon={<BookOpen aria-hidden="true" />}>
        Guides
      </MenuLink>
      <MenuSeparator />
      <ThemeMenu />
      <MenuSeparator />
      <MenuItem
        icon={<LogOut aria-hidden="true" />}
        onSelect={() =>
          startTransition(async () => {
            await signOut();
          })
        }
      >
        Sign out
      </MenuItem>
    </DropdownMenu>
  );
}
