import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { Logo } from "#components/shell/logo";
import { NavList, type NavSection } from "#components/shell/nav-list";
import { NavSheet } from "#components/shell/nav-sheet";
import { UserMenu, type UserMenuProps } from "#components/shell/user-menu";

export type AppShellProps = UserMenuProps & {
  homeHref: string;
  nav: readonly NavSection[];
  /** A Switcher: which tenant or project this is. */
  switcher?: ReactNode;
  /** A Bell: what happened that concerns whoever is signed in. */
  bell?: ReactNode;
  /** A CommandPalette. */
  palette?: ReactNode;
  children: ReactNode;
};

/**
 * The frame of every signed-in page: a rail on the left, a top bar and a sheet on a phone. It holds
 * the page's <main>; pages bring only what goes into it.
 */
export function AppShell({
  homeHref,
  nav,
  switcher,
  palette,
  bell,
  children,
  ...account
}: AppShellProps) {
  const places = (
    <>
      {switcher}
      <NavList sections={nav} />
      <div className="mt-auto border-line border-t pt-2">
        <UserMenu {...account} />
      </div>
    </>
  );
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[14.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only rounded-md bg-raised px-3 py-2 text-sm shadow-raised focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 flex items-center gap-2 border-line border-b bg-canvas px-3 py-2 md:h-dvh md:flex-col md:items-stretch md:gap-3 md:overflow-y-auto md:border-r md:border-b-0 md:py-3">
        <div className="flex shrink-0 items-center justify-between gap-1">
          <Link
            href={homeHref as Route}
            aria-label="Ingot, home"
            className="flex h-8 shrink-0 items-center rounded-md px-1.5"
          >
            <Logo className="max-md:[&>span]:sr-only" />
          </Link>
          {bell}
        </div>
        {palette && <div className="min-w-0 flex-1 md:flex-none">{palette}</div>}
        <div className="hidden flex-1 flex-col gap-4 md:flex">{places}</div>
        <div className="ml-auto md:hidden">
          <NavSheet>{places}</NavSheet>
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto flex w-full min-w-0 max-w-[88rem] flex-col gap-5 px-4 py-5 outline-none md:px-7 md:py-6"
      >
        {children}
      </main>
    </div>
  );
}
