import type { Database } from "#db/client";
import { readDatabaseClock } from "#db/queries/clock";
import {
  type FleetGpuNode,
  listFleetGpus,
  listRecentXids,
  listThrottledSince,
  listWorstReasons,
} from "#db/queries/fleet-gpus";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { clockReasonWords, throttleMask } from "#lib/domain/health/clock-reasons";
import { healthRule } from "#lib/domain/health/rules";
import { freshFor, usualScrapeMs } from "#lib/domain/telemetry/fresh";
import type { FleetGpus, FleetGpusTail, NodeList } from "#lib/schemas/fleet-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";
import { mapValues, onlyFresh, storedMs } from "#lib/views/map-values";

/** How many nodes each list beside the map names, and how many XIDs of one. */
const listed = 8;
const mostXids = 3;

/** Every GPU of the fleet with one value each, and the lists beside the map. */
export function fleetGpusView(
  db: Database,
  grant: Grant<"fleet.read">,
  metric: MapMetric,
  scrapeMs: number = usualScrapeMs,
): Promise<FleetGpus> {
  return withGrant(db, grant, async (tx) => {
    const all = (await listFleetGpus(tx)).map((node) => onlyFresh(node, freshFor(scrapeMs)));
    const tell = mapValues(metric, await listWorstReasons(tx));
    const xids = await listRecentXids(tx, listed);
    const since = await listThrottledSince(tx);

    const environments: string[] = [];
    const indexes = new Map<string, number>();
    const racks: FleetGpus["racks"] = [];
    for (const node of all) {
      if (racks.at(-1)?.id !== node.rackId) {
        racks.push({ id: node.rackId, name: node.rack, nodes: [] });
      }
      racks.at(-1)?.nodes.push({
        name: node.name,
        lifecycle: node.lifecycle,
        environment: node.environment === null ? null : indexOf(node.environment),
        ...tell(node),
      });
    }
    function indexOf(environment: string): number {
      const known = indexes.get(environment);
      if (known !== undefined) return known;
      indexes.set(environment, environments.length);
      return environments.push(environment) - 1;
    }
    return {
      metric,
      nowMs: await readDatabaseClock(tx),
      scrapeMs,
      environments,
      racks,
      hottest: listOf(all, hottestOf, (a, b) => b.order - a.order),
      idlest: listOf(
        all.filter(({ environment }) => environment !== null),
        idlestOf,
        (a, b) => a.order - b.order,
      ),
      throttling: listOf(
        all,
        (node) => throttlingOf(node, since.get(node.nodeId) ?? null),
        (a, b) => b.order - a.order || (a.at ?? "").localeCompare(b.at ?? ""),
      ),
      xids: {
        total: xids.total,
        nodes: xids.nodes.map(({ codes, at, gpus, ...row }) => ({
          ...row,
          gpus: gpus.sort((a, b) => a - b),
          words: xidWords(codes),
          at: at.toISOString(),
        })),
      },
      models: modelsOf(all),
    };
  });
}

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

/** What a node is listed for; null where it is not. */
type Found = { gpus: number[]; words: string; order: number; at: string | null };

/** The first nodes of those that are listed, in an order. */
function listOf(
  all: readonly FleetGpuNode[],
  find: (node: FleetGpuNode) => Found | null,
  order: (a: Found, b: Found) => number,
): NodeList {
  const found = all.flatMap((node) => {
    const one = find(node);
    return one ? [{ node, one }] : [];
  });
  return {
    total: found.length,
    nodes: found
      .sort((a, b) => order(a.one, b.one))
      .slice(0, listed)
      .map(({ node, one: { order: _, ...one } }) => ({
        ...{ nodeId: node.nodeId, node: node.name, rack: node.rack },
        ...{ environment: node.environment, ...one },
      })),
  };
}

/** Every GPU of a node that a value is known of, with the value. */
function knownOf(
  node: FleetGpuNode,
  metric: "temperature" | "utilization" | "clockReasons",
): { gpu: number; value: number }[] {
  return [...node[metric].entries()].flatMap(([gpu, value]) =>
    value === null ? [] : [{ gpu, value }],
  );
}

function hottestOf(node: FleetGpuNode): Found | null {
  const [first] = knownOf(node, "temperature").sort((a, b) => b.value - a.value);
  if (!first) return null;
  const { gpu, value } = first;
  return { gpus: [gpu], words: `${value} °C`, order: value, at: null };
}

/** By the mean of its GPUs: a node whose others work is not idle. */
function idlestOf(node: FleetGpuNode): Found | null {
  const known = knownOf(node, "utilization");
  if (known.length === 0) return null;
  const mean = known.reduce((sum, { value }) => sum + value, 0) / known.length;
  const words = `${Math.round(mean)} %${known.length > 1 ? " in the mean" : ""}`;
  return { gpus: known.map(({ gpu }) => gpu), words, order: mean, at: null };
}

/** The more of its GPUs, the earlier in the list. */
function throttlingOf(node: FleetGpuNode, since: Date | null): Found | null {
  const held = knownOf(node, "clockReasons").filter(({ value }) => (value & throttleMask) !== 0);
  if (held.length === 0) return null;
  const why = held.reduce((bits, { value }) => bits | (value & throttleMask), 0);
  return {
    gpus: held.map(({ gpu }) => gpu),
    words: clockReasonWords(why).join(", "),
    order: held.length,
    at: since?.toISOString() ?? null,
  };
}

/** The XIDs of a node in words, those that need it first: three at most. */
function xidWords(codes: readonly string[]): string {
  const rank = (code: string) => (healthRule(code)?.severity === "critical" ? 0 : 1);
  const sorted = [...codes].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const named = sorted.slice(0, mostXids).map((code) => healthRule(code)?.title ?? code);
  const more = sorted.length - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
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
