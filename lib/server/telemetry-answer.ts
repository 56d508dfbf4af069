import "server-only";
import type { Id } from "#lib/domain/id";
import { idOf } from "#lib/schemas/id";
import { type TelemetryQuery, telemetryQuery } from "#lib/schemas/telemetry";
import { problem } from "#lib/server/problem";

/**
 * What a route of telemetry answers: what `read` gives of the environment, for the window, node and stretch
 * that the address asks for; a problem where these are none, or `read` gives null.
 */
export async function telemetryAnswer(
  address: URLSearchParams,
  environment: string,
  read: (environment: Id<"environment">, asked: TelemetryQuery) => Promise<object | null>,
): Promise<Response> {
  const id = idOf("environment").safeParse(environment);
  const query = telemetryQuery.safeParse({
    window: address.get("window") ?? undefined,
    node: address.get("node") ?? undefined,
    from: address.get("from") ?? undefined,
    to: address.get("to") ?? undefined,
  });
  if (!query.success) {
    return problem(400, "The window, the node or the stretch of time is not one.");
  }
  const telemetry = id.success && (await read(id.data, query.data));
  if (!telemetry) return problem(404, "There is no such environment in this project.");
  return Response.json(telemetry, { headers: { "cache-control": "private, no-store" } });
}
