import type { NextRequest } from "next/server";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { environmentDetail } from "#lib/views/environment-detail";

/** One environment as its page shows it: `?tenant=…&project=…`. */
export async function GET(
  request: NextRequest,
  { params }: RouteContext<"/api/environments/[id]">,
): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const grant = await projectApiGrant(query, "environment.read");
  if (!grant.ok) return grant.refusal;
  const environment = await environmentDetail(database(), grant.value, (await params).id);
  if (!environment) return problem(404, "There is no such environment.");
  return Response.json(environment, { headers: { "cache-control": "no-store" } });
}
