import type { NextRequest } from "next/server";
import { ok } from "#lib/domain/result";
import { fleetApiGrant, projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { fileAnswer } from "#lib/server/file-answer";
import { problem } from "#lib/server/problem";
import { logFile, scriptLog } from "#lib/views/script-runs";

/** What a script wrote on one node, as a file: `?tenant=…&project=…`, or without them for operators. */
export async function GET(
  request: NextRequest,
  { params }: RouteContext<"/api/script-logs/[id]">,
): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const tenant = query.get("tenant");
  const grant =
    tenant === null
      ? await fleetApiGrant("fleet.read")
      : await projectApiGrant(query, "environment.read");
  if (!grant.ok) return grant.refusal;
  const log = await scriptLog(database(), grant.value, (await params).id);
  return log ? fileAnswer(ok(logFile(log))) : problem(404, "There is no such run of a script.");
}
