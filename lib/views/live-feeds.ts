import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import { type Feed, heardBy } from "#lib/domain/telemetry/feed";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { telemetryWindows } from "#lib/domain/telemetry/window";
import { type MapMetric, mapMetrics } from "#lib/schemas/gpu-map";
import { environmentGpusTailOf } from "#lib/views/environment-gpus";
import { fleetGpusTailView } from "#lib/views/fleet-gpus";
import { gpuScope, nodeGpusOf, readGpusNow } from "#lib/views/gpu-summary";
import { gpuTelemetryTail } from "#lib/views/gpu-telemetry";
import { hostTelemetryTail } from "#lib/views/host-telemetry";

/** A page shows a few feeds; more are not opened for one stream. */
const mostFeeds = 4;

/** Many nodes may change a sum many times a second: it is told once in so long. */
const sumGapMs = 500;
/** A little less than what lies between two storings of the worker: each is then told at once. */
const mapGapMs = 400;

/**
 * The feeds that a page of a project may follow, of those that it names: `gpus`, those it holds now,
 * `charts:ENVIRONMENT:NODE:WINDOW`, and `hosts:` with the same, and `map:ENVIRONMENT:METRIC`, where the
 * environment is one of `seen`, which are the project's. What a feed reads is read with the grant, and of the
 * time in which the node was held.
 */
export function projectFeeds(
  db: Database,
  grant: Grant<"environment.read">,
  seen: readonly Id<"environment">[],
  topics: readonly string[],
  scrapeMs: number = usualScrapeMs,
): Feed[] {
  const feeds = topics.flatMap((topic): Feed[] => {
    if (topic === "gpus") return [sumFeed(db, grant, [grant.projectId], scrapeMs)];
    const [kind, environmentId, node, windowNamed] = topic.split(":");
    const environment = seen.find((id) => id === environmentId);
    if (!environment) return [];
    if (kind === "map") {
      const metric = mapMetrics.find((one) => one === node);
      return metric ? [ownMapFeed(db, grant, environment, { topic, metric, scrapeMs })] : [];
    }
    const window = telemetryWindows.find((one) => one === windowNamed);
    if ((kind !== "charts" && kind !== "hosts") || !window || !isId("node", node)) return [];
    return [
      {
        key: `${grant.projectId} ${topic}`,
        topic,
        hears: [
          kind === "hosts" ? heardBy.hostOf(environment, node) : heardBy.nodeOf(environment, node),
        ],
        gapMs: 0,
        async read(sinceMs) {
          if (sinceMs === null) return null;
          const tailOf = kind === "hosts" ? hostTelemetryTail : gpuTelemetryTail;
          const tail = await tailOf(
            db,
            grant,
            environment,
            { window, node },
            sinceMs,
            null,
            scrapeMs,
          );
          return (
            tail && { data: tail, id: tail.nodes.find(({ id }) => id === node)?.lastMs ?? null }
          );
        },
      },
    ];
  });
  return feeds.slice(0, mostFeeds);
}

function ownMapFeed(
  db: Database,
  grant: Grant<"environment.read">,
  environment: Id<"environment">,
  { topic, metric, scrapeMs }: { topic: string; metric: MapMetric; scrapeMs: number },
): Feed {
  return {
    key: `${grant.projectId} ${topic}`,
    topic,
    hears: [heardBy.environment(environment)],
    gapMs: mapGapMs,
    async read(sinceMs) {
      const data = await environmentGpusTailOf(db, grant, environment, metric, sinceMs, scrapeMs);
      return { data, id: null };
    },
  };
}

/** The feed that the page of a tenant may follow: `gpus`, what the person's projects hold now. */
export async function tenantFeeds(
  db: Database,
  grant: Grant<"tenant.read">,
  topics: readonly string[],
  scrapeMs: number = usualScrapeMs,
): Promise<Feed[]> {
  if (!topics.includes("gpus")) return [];
  const { projectIds } = await withGrant(db, grant, (tx) => gpuScope(tx, grant));
  return [sumFeed(db, grant, projectIds, scrapeMs)];
}

/**
 * The feeds that operators may follow: `gpus:NODE`, what the GPUs of a node do now, and `map:METRIC`,
 * what has changed on the map of all GPUs.
 */
export function fleetFeeds(
  db: Database,
  grant: Grant<"fleet.read">,
  topics: readonly string[],
  scrapeMs: number = usualScrapeMs,
): Feed[] {
  const feeds = topics.flatMap((topic): Feed[] => {
    const [kind, id] = topic.split(":");
    const metric = mapMetrics.find((one) => one === id);
    if (kind === "map" && metric) return [mapFeed(db, grant, { topic, metric, scrapeMs })];
    if (kind !== "gpus" || !isId("node", id)) return [];
    return [
      {
        key: `fleet ${topic}`,
        topic,
        hears: [heardBy.node(id)],
        gapMs: 0,
        async read() {
          const data = await nodeGpusOf(db, grant, id, scrapeMs);
          return data && { data, id: null };
        },
      },
    ];
  });
  return feeds.slice(0, mostFeeds);
}

function mapFeed(
  db: Database,
  grant: Grant<"fleet.read">,
  { topic, metric, scrapeMs }: { topic: string; metric: MapMetric; scrapeMs: number },
): Feed {
  return {
    key: `fleet ${topic}`,
    topic,
    hears: [heardBy.fleet],
    gapMs: mapGapMs,
    async read(sinceMs) {
      const data = await fleetGpusTailView(db, grant, metric, sinceMs, scrapeMs);
      return { data, id: data.nowMs };
    },
  };
}

function sumFeed(
  db: Database,
  grant: Grant<"environment.read"> | Grant<"tenant.read">,
  projectIds: readonly Id<"project">[],
  scrapeMs: number,
): Feed {
  return {
    // Whoever sees other projects of the tenant has a feed of their own.
    key: `${grant.tenantId} ${grant.scope} ${projectIds.toSorted().join(" ")} gpus`,
    topic: "gpus",
    hears: projectIds.map(heardBy.project),
    gapMs: sumGapMs,
    async read() {
      const scope = { tenantId: grant.tenantId, projectIds };
      return {
        data: await withGrant(db, grant, (tx) => readGpusNow(tx, scope, scrapeMs)),
        id: null,
      };
    },
  };
}
