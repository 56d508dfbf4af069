import type { NextRequest } from "next/server";
import { launchPreflightInput } from "#lib/schemas/environment";
import { readJson } from "#lib/schemas/read-unknown";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { launchPreflight } from "#lib/views/launch-preflight";

/**
 * What a launch would meet if it were made now: `?tenant=…&project=…&form=JSON`. Changes nothing. What was
 * entered stays out of the address: inputs and keys are checked by the form itself.
 */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const grant = await projectApiGrant(query, "environment.launch");
  if (!grant.ok) return grant.refusal;
  const input = readJson(launchPreflightInput, query.get("form") ?? "");
  if (!input.success) return problem(400, "The form is not one that can be checked.");
  const preflight = await launchPreflight(database(), grant.value, input.data, false);
  if (!preflight) return problem(404, "There is no such template.");
  return Response.json(preflight, { headers: { "cache-control": "no-store" } });
}
