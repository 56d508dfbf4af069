"use client";

import { CommandPalette, type PaletteGroup } from "#components/ui/command-palette";
import { fleetSearchAnswer } from "#lib/schemas/fleet-search";

/** The command palette of operators, which also finds nodes and tenants. */
export function FleetPalette({ groups }: { groups: readonly PaletteGroup[] }) {
  return <CommandPalette groups={groups} search={search} placeholder="Search the fleet" />;
}

async function search(query: string): Promise<readonly PaletteGroup[]> {
  const response = await fetch(`/api/fleet-search?q=${encodeURIComponent(query)}`);
  if (!response.ok) throw new Error(`the search answered ${response.status}`);
  return fleetSearchAnswer.parse(await response.json());
}
