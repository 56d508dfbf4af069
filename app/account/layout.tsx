import type { ReactNode } from "react";
import { AppShell } from "#components/shell/app-shell";
import { accountSections, PlaceSwitcher, paletteGroups } from "#components/shell/places";
import { CommandPalette } from "#components/ui/command-palette";
import { placesOf } from "#lib/server/places";
import { requireActor } from "#lib/server/require-grant";
import { OwnBell } from "../own-bell";
import { signOutAction } from "./actions";

export default async function AccountLayout({ children }: { children: ReactNode }) {
  const actor = await requireActor();
  const { isOperator, tenants } = placesOf(actor);
  const sections = accountSections();
  return (
    <AppShell
      homeHref="/"
      nav={sections}
      switcher={
        <PlaceSwitcher
          current={{ name: actor.name, detail: "your account", href: "/account" }}
          isOperator={isOperator}
          tenants={tenants}
        />
      }
      palette={<CommandPalette groups={paletteGroups(sections, isOperator, tenants)} />}
      user={{ name: actor.name, email: actor.email }}
      bell={<OwnBell />}
      accountHref="/account"
      signOut={signOutAction.bind(null, {})}
    >
      {children}
    </AppShell>
  );
}
