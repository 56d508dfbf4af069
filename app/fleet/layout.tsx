import type { ReactNode } from "react";
import { AppShell } from "#components/shell/app-shell";
import { FleetPalette } from "#components/shell/fleet-palette";
import { fleetSections, PlaceSwitcher, paletteGroups } from "#components/shell/places";
import { database } from "#lib/server/database";
import { placesOf } from "#lib/server/places";
import { requireActor, requireFleetGrant } from "#lib/server/require-grant";
import { fleetAttention } from "#lib/views/fleet-attention";
import { countAlerts } from "#lib/views/health-alerts";
import { signOutAction } from "../account/actions";
import { OwnBell } from "../own-bell";

export default async function FleetLayout({ children }: { children: ReactNode }) {
  const grant = await requireFleetGrant("fleet.read");
  const actor = await requireActor();
  const { tenants } = placesOf(actor);
  const sections = fleetSections(
    await fleetAttention(database(), grant),
    await countAlerts(database(), grant),
  );
  return (
    <AppShell
      homeHref="/fleet"
      nav={sections}
      switcher={
        <PlaceSwitcher
          current={{
            name: "Fleet",
            detail: grant.operatorRole === "fleet_admin" ? "operator" : "viewer",
            href: "/fleet",
          }}
          isOperator
          tenants={tenants}
        />
      }
      palette={<FleetPalette groups={paletteGroups(sections, false, tenants)} />}
      user={{ name: actor.name, email: actor.email }}
      bell={<OwnBell />}
      accountHref="/account"
      signOut={signOutAction.bind(null, {})}
    >
      {children}
    </AppShell>
  );
}
