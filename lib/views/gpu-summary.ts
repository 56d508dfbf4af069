import type { Database, Transaction } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import { listFleetGpus } from "#db/queries/fleet-gpus";
import { listInstancesNow } from "#db/queries/gpu-instances";
import {
  countHeldSince,
  listHeldGpus,
  listHeldSince,
  meanUtilization,
} from "#db/queries/held-gpus";
import { findNvswitches } from "#db/queries/nvswitch-latest";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { clockReasonWords, throttleMask } from "#lib/domain/health/clock-reasons";
import type { Id } from "#lib/domain/id";
import { dayGrid } from "#lib/domain/telemetry/day-grid";
import { freshFor, usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { gpusNow } from "#lib/domain/telemetry/gpus-now";
import type { GpuMeans } from "#lib/ports/gpu-means";
import type { GpusDay, GpusNow, NodeGpus } from "#lib/schemas/gpu-summary";
import { readOrWhyNot } from "#lib/views/read-or-why-not";
import { visibleProjects } from "#lib/views/visible-projects";

type HolderGrant = Grant<"environment.read"> | Grant<"project.read"> | Grant<"tenant.read">;
type Scope = { tenantId: Id<"tenant">; projectIds: readonly Id<"project">[] };

const dayMs = 86_400_000;

/** Whose GPUs a grant lets one see: one project's, or those of the tenant's that the person has a role in. */
export async function gpuScope(tx: Transaction, grant: HolderGrant): Promise<Scope> {
  if (grant.scope === "project") {
    return { tenantId: grant.tenantId, projectIds: [grant.projectId] };
  }
  const visible = await visibleProjects(tx, grant);
  return { tenantId: grant.tenantId, projectIds: visible.map(({ id }) => id) };
}

/** The GPUs that a scope holds now, in a few figures. */
export async function readGpusNow(
  tx: Transaction,
  scope: Scope,
  scrapeMs: number = usualScrapeMs,
): Promise<GpusNow> {
  const held = await listHeldGpus(tx, scope, freshFor(scrapeMs));
  return { nowMs: await readDatabaseClock(tx), scrapeMs, ...gpusNow(held) };
}

/** The GPUs that a project or tenant holds now. */
export function gpusNowOf(
  db: Database,
  grant: HolderGrant,
  scrapeMs: number = usualScrapeMs,
): Promise<GpusNow> {
  return withGrant(db, grant, async (tx) => readGpusNow(tx, await gpuScope(tx, grant), scrapeMs));
}

/**
 * How much the GPUs that a project or tenant held were used over the last day. `elsewhere` is an operator's
 * own store, which then answers instead of ours; what it does not answer is unknown. `asOfMs` null is now, by
 * the database's clock.
 */
export async function gpusDayOf(
  db: Database,
  grant: HolderGrant,
  asOfMs: number | null = null,
  elsewhere: GpuMeans | null = null,
): Promise<GpusDay> {
  const { nowMs, grid, mean, nodes } = await withGrant(db, grant, async (tx) => {
    const nowMs = asOfMs ?? (await readDatabaseClock(tx));
    const since = new Date(nowMs - dayMs);
    const scope = await gpuScope(tx, grant);
    const grid = dayGrid(await countHeldSince(tx, scope, since), nowMs);
    return elsewhere
      ? { nowMs, grid, mean: [], nodes: await listHeldSince(tx, scope, since) }
      : { nowMs, grid, mean: await meanUtilization(tx, scope, grid), nodes: [] };
  });
  if (!elsewhere) return { grid, mean, leftOut: 0, store: null };
  // No transaction waits for a store elsewhere.
  const { read, error } = await readOrWhyNot(
    elsewhere,
    { nodes, grid, nowMs },
    { mean: new Array<null>(grid.count).fill(null), leftOut: 0 },
  );
  return { grid, ...read, store: { name: elsewhere.name, error } };
}

/** The GPUs of one node now; null when it has none, or is not there. */
export function nodeGpusOf(
  db: Database,
  grant: Grant<"fleet.read">,
  id: Id<"node">,
  scrapeMs: number = usualScrapeMs,
): Promise<NodeGpus | null> {
  return withGrant(db, grant, async (tx) => {
    const [node] = await listFleetGpus(tx, id);
    if (!node) return null;
    const { ageMs, switches } = await findNvswitches(tx, id);
    const parts = Map.groupBy(await listInstancesNow(tx, id), ({ gpu }) => gpu);
    const nowMs = await readDatabaseClock(tx);
    const momentOf = (age: number | null) => (age === null ? null : Math.round(nowMs - age));
    const count = Math.max(node.gpus, node.temperature.length);
    return {
      nowMs,
      scrapeMs,
      held: node.environment !== null,
      switches,
      switchesAtMs: momentOf(ageMs),
      atMs: momentOf(node.ageMs),
      gpus: Array.from({ length: count }, (_, gpu) => {
        const reasons = node.clockReasons[gpu] ?? null;
        return {
          gpu,
          utilization: node.utilization[gpu] ?? null,
          power: node.power[gpu] ?? null,
          temperature: node.temperature[gpu] ?? null,
          heldBack: reasons === null ? null : clockReasonWords(reasons & throttleMask),
          parts: (parts.get(gpu) ?? []).map(({ gpu: _, ...part }) => part),
        };
      }),
    };
  });
}
