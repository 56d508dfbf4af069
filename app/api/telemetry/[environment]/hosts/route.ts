import { readSettings } from "#lib/config/env";
import { idOf } from "#lib/schemas/id";
import { telemetryQuery } from "#lib/schemas/telemetry";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { hostHistoryElsewhere } from "#lib/server/history-elsewhere";
import { problem } from "#lib/server/problem";
import { hostTelemetryOf } from "#lib/views/host-telemetry";

/** What the hosts of one environment do: `?tenant=&project=&window=15m|1h|6h|24h|7d|30d&node=&from=&to=`, moments in ms. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ environment: string }> },
): Promise<Response> {
  const asked = new URL(request.url).searchParams;
  const grant = await projectApiGrant(
    asked.get("tenant") ?? "",
    asked.get("project") ?? "",
    "environment.read",
  );
  if (!grant.ok) return grant.refusal;

  const environment = idOf("environment").safeParse((await params).environment);
  const query = telemetryQuery.safeParse({
    window: asked.get("window") ?? undefined,
    node: asked.get("node") ?? undefined,
    from: asked.get("from") ?? undefined,
    to: asked.get("to") ?? undefined,
  });
  if (!query.success) {
    return problem(400, "The window, the node or the stretch of time is not one.");
  }
  const telemetry =
    environment.success &&
    (await hostTelemetryOf(
      database(),
      grant.value,
      environment.data,
      query.data,
      Date.now(),
      hostHistoryElsewhere(),
      readSettings(),
    ));
  if (!telemetry) return problem(404, "There is no such environment in this project.");
  return Response.json(telemetry, { headers: { "cache-control": "private, no-store" } });
}
