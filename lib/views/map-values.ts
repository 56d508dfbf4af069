import type { WorstReason } from "#db/queries/fleet-gpus";
import type { LatestValues } from "#db/queries/gpu-latest";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { MapMetric } from "#lib/schemas/gpu-map";

type Node = LatestValues & { nodeId: Id<"node">; gpus: number };

/** The node with no values, where the newest are too old to be the present. */
export function onlyFresh<Of extends LatestValues>(node: Of, freshMs: number): Of {
  if (node.ageMs !== null && node.ageMs <= freshMs) return node;
  return { ...node, utilization: [], temperature: [], power: [], clockReasons: [] };
}

/**
 * How a map tells a node by what is open of GPUs: its age, and one value of each GPU. More GPUs than it
 * should have are still shown; fewer are shown as unknown.
 */
export function mapValues(
  metric: MapMetric,
  reasons: readonly WorstReason[],
): (node: Node) => { id: Id<"node">; age: number | null; values: (number | null)[] } {
  const severity = new Map(
    reasons.map(({ nodeId, gpu, isCritical }) => [`${nodeId} ${gpu}`, isCritical ? 2 : 1]),
  );
  function tellOf(node: Node, gpu: number): number | null {
    if (metric === "health") {
      const ofNode = severity.get(`${node.nodeId} ${wholeNode}`) ?? 0;
      const worst = Math.max(severity.get(`${node.nodeId} ${gpu}`) ?? 0, ofNode);
      // What nobody hears of is not well: it is unknown.
      return worst === 0 && node.temperature.length === 0 ? null : worst;
    }
    const value = node[metric][gpu] ?? null;
    return value === null ? null : Math.round(value);
  }
  return (node) => ({
    id: node.nodeId,
    age: node.ageMs === null ? null : Math.round(node.ageMs),
    values: Array.from({ length: Math.max(node.gpus, node.temperature.length) }, (_, gpu) =>
      tellOf(node, gpu),
    ),
  });
}

/** A scrape is stored and told of by then; what was taken earlier is known already. */
export const storedMs = 5_000;
