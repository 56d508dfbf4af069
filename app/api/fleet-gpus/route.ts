import type { NextRequest } from "next/server";
import { readSettings } from "#lib/config/env";
import { mapMetricAsked } from "#lib/schemas/gpu-map";
import { fleetApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { fleetGpusView } from "#lib/views/fleet-gpus";

/** Every GPU of the fleet: `?metric=utilization|temperature|power|health`. */
export async function GET(request: NextRequest): Promise<Response> {
  const grant = await fleetApiGrant("fleet.read");
  if (!grant.ok) return grant.refusal;
  const metric = mapMetricAsked.safeParse(request.nextUrl.searchParams.get("metric") ?? undefined);
  if (!metric.success) return problem(400, "The metric is not one that the map can show.");
  const found = await fleetGpusView(database(), grant.value, metric.data, readSettings().scrapeMs);
  return Response.json(found, { headers: { "cache-control": "private, no-store" } });
}
