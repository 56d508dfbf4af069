import type { NextRequest } from "next/server";
import { projectApiGrant, tenantApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { gpuMeansElsewhere } from "#lib/server/history-elsewhere";
import { gpusDayOf } from "#lib/views/gpu-summary";

/** How much a project's or a tenant's GPUs were used over the last day: `?tenant=`, `&project=`. */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const [tenant, project] = [query.get("tenant") ?? "", query.get("project")];
  const grant =
    project === null
      ? await tenantApiGrant(tenant, "tenant.read")
      : await projectApiGrant(query, "project.read");
  if (!grant.ok) return grant.refusal;
  const found = await gpusDayOf(database(), grant.value, null, gpuMeansElsewhere());
  return Response.json(found, { headers: { "cache-control": "private, no-store" } });
}
