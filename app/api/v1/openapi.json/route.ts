import { openApi } from "#lib/api/openapi";
import { readSettings } from "#lib/config/env";

// It describes every Ingot of this version and nobody's data.
export const dynamic = "force-dynamic";

/** The description of the API, OpenAPI 3.1. */
export async function GET(): Promise<Response> {
  return Response.json(openApi(readSettings().origin), {
    headers: { "cache-control": "no-cache" },
  });
}
