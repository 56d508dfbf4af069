import type { Id } from "#lib/domain/id";
import { freshFor } from "#lib/domain/telemetry/fresh";
import type { MapNode, MapTold } from "#lib/schemas/gpu-map";

/**
 * What becomes of a node of a map when so much time has passed: as it was told since, and then taken out of
 * `told`; or else as much older, where what is too old is unknown.
 */
export function mergeMapNodes<Told extends Omit<MapNode, "name">>(
  { metric, scrapeMs }: Pick<MapTold, "metric" | "scrapeMs">,
  passedMs: number,
  told: Map<Id<"node">, Told>,
): <Node extends MapNode>(node: Node) => Node {
  const freshMs = freshFor(scrapeMs);
  return (node) => {
    const newer = told.get(node.id);
    if (newer) {
      told.delete(node.id);
      return { ...node, ...newer };
    }
    if (node.age === null) return node;
    const age = node.age + passedMs;
    if (age <= freshMs || node.age > freshMs) return { ...node, age };
    // A reason that was told stays until it is settled; that a node is well is told anew each time.
    const kept = (value: number | null) => (metric === "health" && value ? value : null);
    return { ...node, age, values: node.values.map(kept) };
  };
}
