import { readSettings } from "#lib/config/env";
import { mapMetricAsked } from "#lib/schemas/gpu-map";
import { idOf } from "#lib/schemas/id";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { environmentGpusOf } from "#lib/views/environment-gpus";

/** Every GPU that one environment holds now: `?tenant=&project=&metric=utilization|temperature|power|health`. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ environment: string }> },
): Promise<Response> {
  const asked = new URL(request.url).searchParams;
  const grant = await projectApiGrant(asked, "environment.read");
  if (!grant.ok) return grant.refusal;
  const metric = mapMetricAsked.safeParse(asked.get("metric") ?? undefined);
  if (!metric.success) return problem(400, "The metric is not one that the map can show.");
  const id = idOf("environment").safeParse((await params).environment);
  const { scrapeMs } = readSettings();
  const found =
    id.success &&
    (await environmentGpusOf(database(), grant.value, id.data, metric.data, scrapeMs));
  if (!found) return problem(404, "There is no such environment in this project.");
  return Response.json(found, { headers: { "cache-control": "private, no-store" } });
}
