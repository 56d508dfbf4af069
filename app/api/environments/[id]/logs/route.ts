import type { NextRequest } from "next/server";
import { z } from "zod";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { environmentLog } from "#lib/views/environment-log";

const lineId = z.coerce.number().int().nonnegative().nullable().catch(null);

/** Log lines of one environment that came after a line: `?tenant=…&project=…&after=ID`. */
export async function GET(
  request: NextRequest,
  { params }: RouteContext<"/api/environments/[id]/logs">,
): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const grant = await projectApiGrant(query, "environment.read");
  if (!grant.ok) return grant.refusal;
  const after = query.has("after") ? lineId.parse(query.get("after")) : null;
  const log = await environmentLog(database(), grant.value, (await params).id, after);
  if (!log) return problem(404, "There is no such environment.");
  return Response.json(log, { headers: { "cache-control": "no-store" } });
}
