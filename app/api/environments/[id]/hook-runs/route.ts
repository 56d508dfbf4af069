import type { NextRequest } from "next/server";
import { isId } from "#lib/domain/id";
import { hookRunsShown } from "#lib/schemas/environment-view";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { environmentRuns } from "#lib/views/hook-runs";

/**
 * The runs of one environment's hooks that come after one of them: `?tenant=…&project=…&after=ID`; with `unfinished`
 * those alone that have not ended.
 */
export async function GET(
  request: NextRequest,
  { params }: RouteContext<"/api/environments/[id]/hook-runs">,
): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const grant = await projectApiGrant(query, "environment.read");
  if (!grant.ok) return grant.refusal;
  const after = query.get("after") ?? undefined;
  if (after !== undefined && !isId("hookRun", after)) {
    return problem(400, "The list goes on after the id of a run.");
  }
  const asked = { after, limit: hookRunsShown, unfinished: query.has("unfinished") };
  const page = await environmentRuns(database(), grant.value, (await params).id, asked);
  if (!page) return problem(404, "There is no such environment.");
  return Response.json(page, { headers: { "cache-control": "no-store" } });
}
