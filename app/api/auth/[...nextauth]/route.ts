import { comesFromOwnPage } from "#lib/access/own-origin";
import { readSettings } from "#lib/config/env";
import { textUpTo } from "#lib/schemas/text-up-to";
import { authMethod, handleAuth } from "#lib/server/auth";
import { problem } from "#lib/server/problem";

/** Of a form: the longest holds an address, a password and where to go then. */
const mostBytes = 64 * 1024;

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: Request, context: Context): Promise<Response> {
  const { nextauth } = await context.params;
  const method = authMethod(nextauth);
  if (!method) return problem(404, "There is nothing here.");
  if (method !== request.method) return problem(405, "This cannot be asked in that way.");
  const { origin } = readSettings();
  if (request.method === "POST" && !comesFromOwnPage(request.headers, origin)) {
    return problem(403, `Ingot is set up to be opened at ${origin}. Open that address.`);
  }
  const form = request.method === "POST" ? await textUpTo(request, mostBytes) : undefined;
  if (form === null) return problem(413, "This is longer than any sign-in.");
  return handleAuth(request, nextauth, form);
}

export { handle as GET, handle as POST };
