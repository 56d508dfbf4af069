import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { type Id, isId } from "#lib/domain/id";
import { type Feed, heardBy } from "#lib/domain/telemetry/feed";
import { telemetryWindows } from "#lib/domain/telemetry/window";
import { gpuTelemetryTail } from "#lib/views/gpu-telemetry";

/** A page shows a few feeds; more are not opened for one stream. */
const mostFeeds = 4;

/**
 * The feeds that a page of a project may follow, of those that it names: `charts:ENVIRONMENT:NODE:WINDOW`,
 * where the environment is one of `seen`, which are the project's. What a feed reads is read with the
 * grant, and of the time in which the environment held the node.
 */
export function projectFeeds(
  db: Database,
  grant: Grant<"environment.read">,
  seen: readonly Id<"environment">[],
  topics: readonly string[],
): Feed[] {
  return topics.slice(0, mostFeeds).flatMap((topic): Feed[] => {
    const [kind, environmentId, node, windowNamed] = topic.split(":");
    const window = telemetryWindows.find((one) => one === windowNamed);
    if (kind !== "charts" || !window || !isId("node", node)) return [];
    const environment = seen.find((id) => id === environmentId);
    if (!environment) return [];
    return [
      {
        key: `${grant.projectId} ${topic}`,
        topic,
        hears: [heardBy.nodeOf(environment, node)],
        gapMs: 0,
        async read(sinceMs) {
          if (sinceMs === null) return null;
          const tail = await gpuTelemetryTail(db, grant, environment, { window, node }, sinceMs);
          return (
            tail && { data: tail, id: tail.nodes.find(({ id }) => id === node)?.lastMs ?? null }
          );
        },
      },
    ];
  });
}
