import { formatCelsius, formatPercent, formatWatts } from "#lib/client/format";
import { freshFor } from "#lib/domain/telemetry/fresh";
import type { MapMetric, MapNode, MapTold } from "#lib/schemas/gpu-map";

/** Nodes that stand together on a map, under one name. */
export type MapBlock = { name: string; nodes: readonly MapNode[] };

/** How a metric is told: its name, its scale from one token's colour to another, and its words. */
export const metricLooks = {
  utilization: {
    label: "Utilization",
    scale: { from: 0, to: 100, low: "selected", high: "chart-1" },
    format: formatPercent,
  },
  temperature: {
    label: "Temperature",
    scale: { from: 30, to: 90, low: "selected", high: "critical" },
    format: formatCelsius,
  },
  power: {
    label: "Power",
    scale: { from: 0, to: 700, low: "selected", high: "chart-2" },
    format: formatWatts,
  },
  health: {
    label: "Health",
    scale: null,
    format: (value: number | null) =>
      value === null ? "unknown" : (["well", "warning", "critical"][value] ?? "unknown"),
  },
} as const satisfies Record<
  MapMetric,
  {
    label: string;
    scale: { from: number; to: number; low: string; high: string } | null;
    format: (value: number | null) => string;
  }
>;

export const mapTokens = [
  ...["selected", "line", "faint", "muted", "ink", "surface", "accent"],
  ...["ok", "attention", "critical", "chart-1", "chart-2"],
] as readonly string[];

/** The age of a node's values in words. */
export function ageWords(node: MapNode, scrapeMs: number): string {
  if (node.age === null) return "no values";
  return node.age < freshFor(scrapeMs)
    ? `${Math.round(node.age / 1_000)} s old`
    : `no values for ${Math.round(node.age / 60_000)} min`;
}

/** A GPU in a sentence: node, GPU, value, age and whose it is. */
export function gpuWords(
  { metric, scrapeMs }: Pick<MapTold, "metric" | "scrapeMs">,
  node: MapNode,
  gpu: number,
  whose: string,
): string {
  const value = node.values[gpu] ?? null;
  const { label, format } = metricLooks[metric];
  return [
    `${node.name}, GPU ${gpu}`,
    `${label.toLowerCase()} ${value === null ? "unknown" : format(value)}`,
    ageWords(node, scrapeMs),
    whose,
  ].join(", ");
}
