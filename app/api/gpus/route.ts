import type { NextRequest } from "next/server";
import { readSettings } from "#lib/config/env";
import { projectApiGrant, tenantApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { gpusNowOf } from "#lib/views/gpu-summary";

/** The GPUs that a project or a tenant holds, now: `?tenant=` and, of a project, `&project=`. */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const [tenant, project] = [query.get("tenant") ?? "", query.get("project")];
  const grant =
    project === null
      ? await tenantApiGrant(tenant, "tenant.read")
      : await projectApiGrant(query, "project.read");
  if (!grant.ok) return grant.refusal;
  const found = await gpusNowOf(database(), grant.value, readSettings().scrapeMs);
  return Response.json(found, { headers: { "cache-control": "private, no-store" } });
}
