import type { ReactNode } from "react";
import { AppShell } from "#components/shell/app-shell";
import { PlaceSwitcher, paletteGroups, tenantSections } from "#components/shell/places";
import { CommandPalette } from "#components/ui/command-palette";
import { tenantRoleMay } from "#lib/access/policy";
import { placesOf } from "#lib/server/places";
import { requireActor, requireTenantGrant } from "#lib/server/require-grant";
import { signOutAction } from "../account/actions";
import { OwnBell } from "../own-bell";

export default async function TenantLayout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ tenant: string }>;
}) {
  const { tenant: slug } = await params;
  const grant = await requireTenantGrant(slug, "tenant.read");
  const actor = await requireActor();
  const { isOperator, tenants } = placesOf(actor);
  const here = tenants.find((tenant) => tenant.slug === grant.tenantSlug);
  const projects = here?.projects ?? [];
  const sections = tenantSections(
    grant.tenantSlug,
    projects,
    tenantRoleMay(grant.role, "tenant.audit"),
    tenantRoleMay(grant.role, "tenant.use"),
  );
  return (
    <AppShell
      homeHref={`/${grant.tenantSlug}`}
      nav={sections}
      switcher={
        <PlaceSwitcher
          current={{
            name: here?.name ?? grant.tenantSlug,
            detail: grant.role,
            href: `/${grant.tenantSlug}`,
          }}
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
