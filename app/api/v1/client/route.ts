import { clientText } from "#lib/api/client-text";
import { openApi } from "#lib/api/openapi";
import { readSettings } from "#lib/config/env";

// As the document it is made of: of every Ingot of this version, and nobody's data.
export const dynamic = "force-dynamic";

/** The client of the API as one file of TypeScript, with this portal's address in it. */
export async function GET(): Promise<Response> {
  return new Response(clientText(openApi(readSettings().origin)), {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": 'attachment; filename="ingot-client.ts"',
      "cache-control": "no-cache",
    },
  });
}
