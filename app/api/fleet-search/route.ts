import type { NextRequest } from "next/server";
import { fleetSearchQuery } from "#lib/schemas/fleet-search";
import { fleetApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { searchFleet } from "#lib/views/fleet-search";

/** What an operator finds by two characters or more: `?q=`. */
export async function GET(request: NextRequest): Promise<Response> {
  const grant = await fleetApiGrant("fleet.read");
  if (!grant.ok) return grant.refusal;
  const query = fleetSearchQuery.safeParse(request.nextUrl.searchParams.get("q"));
  if (!query.success) return problem(400, "Search for 2 to 100 characters.");
  const found = await searchFleet(database(), grant.value, query.data);
  return Response.json(found, { headers: { "cache-control": "no-store" } });
}
