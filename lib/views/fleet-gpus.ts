import type { Database } from "#db/client";
import {
  type FleetGpuNode,
  listFleetGpus,
  listRecentXids,
  listWorstReasons,
} from "#db/queries/fleet-gpus";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { clockReasonWords, throttleMask } from "#lib/domain/health/clock-reasons";
import { healthRule } from "#lib/domain/health/rules";
import { wholeNode } from "#lib/domain/health/watch";
import { freshFor, usualScrapeMs } from "#lib/domain/telemetry/fresh";
import type { FleetGpus, FleetGpusTail, MapMetric, NamedGpu } from "#lib/schemas/fleet-gpus";

const listed = 8;

/** Every GPU of the fleet with one value each, and the lists beside the map. */
export function fleetGpusView(
  db: Database,
  grant: Grant<"fleet.read">,
  metric: MapMetric,
  scrapeMs: number = usualScrapeMs,
): Promise<FleetGpus> {
  return withGrant(db, grant, async (tx) => {
    const all = (await listFleetGpus(tx)).map((node) => onlyFresh(node, freshFor(scrapeMs)));
    const reasons = await listWorstReasons(tx);
    const xids = await listRecentXids(tx, listed);
    const severity = new Map<string, number>();
    for (const { nodeId, gpu, isCritical } of reasons) {
      severity.set(`${nodeId} ${gpu}`, isCritical ? 2 : 1);
    }

    const environments: string[] = [];
    const indexes = new Map<string, number>();
    const racks: FleetGpus["racks"] = [];
    for (const node of all) {
      if (racks.at(-1)?.id !== node.rackId) {
        racks.push({ id: node.rackId, name: node.rack, nodes: [] });
      }
      racks.at(-1)?.nodes.push({
        id: node.nodeId,
        name: node.name,
        lifecycle: node.lifecycle,
        age: node.ageMs === null ? null : Math.round(node.ageMs),
        environment: node.environment === null ? null : indexOf(node.environment),
        values: Array.from({ length: countOf(node) }, (_, gpu) => tellOf(node, gpu)),
      });
    }
    function indexOf(environment: string): number {
      const known = indexes.get(environment);
      if (known !== undefined) return known;
      indexes.set(environment, environments.length);
      return environments.push(environment) - 1;
    }
    function tellOf(node: FleetGpuNode, gpu: number): number | null {
      if (metric === "health") {
        const ofNode = severity.get(`${node.nodeId} ${wholeNode}`) ?? 0;
        const worst = Math.max(severity.get(`${node.nodeId} ${gpu}`) ?? 0, ofNode);
        // What nobody hears of is not well: it is unknown.
        return worst === 0 && node.temperature.length === 0 ? null : worst;
      }
      const value = node[metric][gpu] ?? null;
      return value === null ? null : Math.round(value);
    }
    return {
      metric,
      nowMs: Date.now(),
      scrapeMs,
      environments,
      racks,
      hottest: most(
        all,
        "temperature",
        (a, b) => b - a,
        (value) => `${value} °C`,
      ),
      idlest: most(
        all.filter(({ environment }) => environment !== null),
        "utilization",
        (a, b) => a - b,
        (value) => `${Math.round(value)} %`,
      ),
      throttling: most(
        all,
        "clockReasons",
        (a, b) => (b & throttleMask) - (a & throttleMask),
        (value) => clockReasonWords(value & throttleMask).join(", "),
        (value) => (value & throttleMask) !== 0,
      ),
      xids: xids.map(({ code, at, ...row }) => ({
        ...row,
        words: healthRule(code)?.title ?? code,
        at: at.toISOString(),
      })),
      models: modelsOf(all),
    };
  });
}

/** A scrape is stored and told of by then; what was taken earlier is known already. */
const storedMs = 5_000;

/** What has changed on the map for those who know all up to a moment; for others, all nodes. */
export async function fleetGpusTailView(
  db: Database,
  grant: Grant<"fleet.read">,
  metric: MapMetric,
  sinceMs: number | null,
  scrapeMs: number = usualScrapeMs,
): Promise<FleetGpusTail> {
  const { racks, environments, ...now } = await fleetGpusView(db, grant, metric, scrapeMs);
  const knownMs = sinceMs === null ? Number.POSITIVE_INFINITY : now.nowMs - sinceMs + storedMs;
  const nodes = racks
    .flatMap((rack) => rack.nodes)
    .filter(({ age }) => age !== null && age <= knownMs)
    .map(({ name: _, environment, ...node }) => ({
      ...node,
      environment: environment === null ? null : (environments[environment] ?? null),
    }));
  return { ...now, nodes };
}

/** More GPUs than its type says are still shown; fewer are shown as unknown. */
const countOf = (node: FleetGpuNode) => Math.max(node.gpus, node.temperature.length);

function onlyFresh(node: FleetGpuNode, freshMs: number): FleetGpuNode {
  if (node.ageMs !== null && node.ageMs <= freshMs) return node;
  return { ...node, utilization: [], temperature: [], power: [], clockReasons: [] };
}

function most(
  all: readonly FleetGpuNode[],
  metric: "temperature" | "utilization" | "clockReasons",
  order: (a: number, b: number) => number,
  words: (value: number) => string,
  counts: (value: number) => boolean = () => true,
): NamedGpu[] {
  const found: { node: FleetGpuNode; gpu: number; value: number }[] = [];
  for (const node of all) {
    for (const [gpu, value] of node[metric].entries()) {
      if (value !== null && counts(value)) found.push({ node, gpu, value });
    }
  }
  return found
    .sort((a, b) => order(a.value, b.value))
    .slice(0, listed)
    .map(({ node, gpu, value }) => ({
      nodeId: node.nodeId,
      node: node.name,
      rack: node.rack,
      gpu,
      words: words(value),
      environment: node.environment,
    }));
}

function modelsOf(all: readonly FleetGpuNode[]): FleetGpus["models"] {
  return [...Map.groupBy(all, ({ model }) => model)]
    .map(([model, nodes]) => {
      const gpus = (some: readonly FleetGpuNode[]) => some.reduce((sum, one) => sum + one.gpus, 0);
      const known = nodes.flatMap(({ utilization }) => utilization.filter((one) => one !== null));
      const sum = known.reduce((total, value) => total + value, 0);
      return {
        model,
        gpus: gpus(nodes),
        held: gpus(nodes.filter(({ environment }) => environment !== null)),
        free: gpus(nodes.filter(({ isFree }) => isFree)),
        utilization: known.length > 0 ? sum / known.length : null,
        known: known.length,
      };
    })
    .sort((a, b) => b.gpus - a.gpus || a.model.localeCompare(b.model));
}
