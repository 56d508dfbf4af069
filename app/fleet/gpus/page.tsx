import type { Metadata } from "next";
import { FleetGpusScreen } from "#components/fleet-gpus/fleet-gpus-screen";
import { readSettings } from "#lib/config/env";
import { mapMetrics } from "#lib/schemas/gpu-map";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { fleetGpusView } from "#lib/views/fleet-gpus";

export const metadata: Metadata = { title: "GPUs" };

export default async function FleetGpusPage({ searchParams }: PageProps<"/fleet/gpus">) {
  const grant = await requireFleetGrant("fleet.read");
  const { metric } = await searchParams;
  const chosen = mapMetrics.find((one) => one === metric) ?? "utilization";
  const initial = await fleetGpusView(database(), grant, chosen, readSettings().scrapeMs);
  return <FleetGpusScreen initial={initial} />;
}
