import { and, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { listEnvironmentGpus, listWorstOfEnvironment } from "#db/queries/environment-gpus";
import { environments } from "#db/schema/environments";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { freshFor, usualScrapeMs } from "#lib/domain/telemetry/fresh";
import type { EnvironmentGpus, EnvironmentGpusTail } from "#lib/schemas/environment-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";
import { mapValues, onlyFresh, storedMs } from "#lib/views/map-values";

/**
 * Every GPU that an environment holds now with one value each, of the time since it holds it. Null when the
 * project has no such environment.
 */
export function environmentGpusOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  metric: MapMetric,
  scrapeMs: number = usualScrapeMs,
): Promise<EnvironmentGpus | null> {
  const { projectId } = grant;
  return withGrant(db, grant, async (tx) => {
    const [environment] = await tx
      .select({ id: environments.id })
      .from(environments)
      .where(and(eq(environments.id, environmentId), eq(environments.projectId, projectId)));
    if (!environment) return null;
    return readMap(tx, { projectId, environmentId }, { metric, scrapeMs, since: null });
  });
}

/** What has changed on that map for those who know all up to a moment; for others, all of it. */
export function environmentGpusTailOf(
  db: Database,
  grant: Grant<"environment.read">,
  environmentId: Id<"environment">,
  metric: MapMetric,
  sinceMs: number | null,
  scrapeMs: number = usualScrapeMs,
): Promise<EnvironmentGpusTail> {
  const { projectId } = grant;
  const since = sinceMs === null ? null : new Date(sinceMs - storedMs);
  return withGrant(db, grant, async (tx) => {
    const { nodes, ...now } = await readMap(
      tx,
      { projectId, environmentId },
      { metric, scrapeMs, since },
    );
    return { ...now, nodes: nodes.map(({ name: _, group: __, ...node }) => node) };
  });
}

async function readMap(
  tx: Transaction,
  of: { projectId: Id<"project">; environmentId: Id<"environment"> },
  { metric, scrapeMs, since }: { metric: MapMetric; scrapeMs: number; since: Date | null },
): Promise<EnvironmentGpus> {
  const nodes = await listEnvironmentGpus(tx, of, since);
  const reasons = metric === "health" ? await listWorstOfEnvironment(tx, of.environmentId) : [];
  const tell = mapValues(metric, reasons);
  return {
    ...{ metric, nowMs: await readDatabaseClock(tx), scrapeMs },
    nodes: nodes.map((node) => ({
      ...{ name: node.hostname, group: node.group },
      ...tell(onlyFresh(node, freshFor(scrapeMs))),
    })),
  };
}
