import { readSettings } from "#lib/config/env";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { hostHistoryElsewhere } from "#lib/server/history-elsewhere";
import { telemetryAnswer } from "#lib/server/telemetry-answer";
import { hostTelemetryOf } from "#lib/views/host-telemetry";

/** What the hosts of one environment do: `?tenant=&project=&window=15m|1h|6h|24h|7d|30d&node=&from=&to=`, moments in ms. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ environment: string }> },
): Promise<Response> {
  const asked = new URL(request.url).searchParams;
  const grant = await projectApiGrant(asked, "environment.read");
  if (!grant.ok) return grant.refusal;

  return telemetryAnswer(asked, (await params).environment, (environment, query) =>
    hostTelemetryOf(
      database(),
      grant.value,
      environment,
      query,
      null,
      hostHistoryElsewhere(),
      readSettings(),
    ),
  );
}
