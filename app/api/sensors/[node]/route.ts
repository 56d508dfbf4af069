import { readSettings } from "#lib/config/env";
import { idOf } from "#lib/schemas/id";
import { nodeSensorsQuery } from "#lib/schemas/node-sensors";
import { fleetApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { nodeSensorsOf } from "#lib/views/node-sensors";

/** What the controller of one node has measured: `?window=6h|24h|7d`. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ node: string }> },
): Promise<Response> {
  const grant = await fleetApiGrant("fleet.read");
  if (!grant.ok) return grant.refusal;
  const node = idOf("node").safeParse((await params).node);
  const query = nodeSensorsQuery.safeParse({
    window: new URL(request.url).searchParams.get("window") ?? undefined,
  });
  if (!query.success) return problem(400, "The window is not one that sensors are shown in.");
  const told =
    node.success &&
    (await nodeSensorsOf(
      database(),
      grant.value,
      node.data,
      query.data.window,
      readSettings().controllerWatchMs,
    ));
  if (!told) return problem(404, "There is no such node.");
  return Response.json(told, { headers: { "cache-control": "private, no-store" } });
}
