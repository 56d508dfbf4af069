"use client";

import { CommandPalette } from "#components/ui/command-palette";
import type { PaletteGroup } from "#components/ui/command-palette-window";

/** The command palette of operators, which also finds nodes and tenants. */
export function FleetPalette({ groups }: { groups: readonly PaletteGroup[] }) {
  return <CommandPalette groups={groups} search={search} placeholder="Search the fleet" />;
}

async function search(query: string): Promise<readonly PaletteGroup[]> {
  const response = await fetch(`/api/fleet-search?q=${encodeURIComponent(query)}`);
  if (!response.ok) throw new Error(`the search answered ${response.status}`);
  // With the first search, not with every page.
  const { fleetSearchAnswer } = await import("#lib/schemas/fleet-search");
  return fleetSearchAnswer.parse(await response.json());
}
