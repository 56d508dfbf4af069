import { notReady } from "#lib/server/readiness";

/** Whether everything that Ingot needs to do its work is there, and in words what is not. */
export async function GET(): Promise<Response> {
  const missing = await notReady();
  return Response.json(
    { ready: missing.length === 0, not_ready: missing },
    { status: missing.length === 0 ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
