import type { InventoryReading } from "#lib/domain/node/inventory";
import type { BucketSeries } from "#lib/domain/telemetry/buckets";
import type { GpuMetricSpec } from "#lib/domain/telemetry/metric";

/** What is kept of a controller's sensors over time. The order is the order of the columns. */
export const sensorMetrics = ["power_w", "inlet_c", "hottest_c", "fan_rpm", "fan_percent"] as const;
export type SensorMetric = (typeof sensorMetrics)[number];

type SensorMetricSpec = Pick<GpuMetricSpec, "label" | "decimals" | "max"> & {
  unit: "W" | "°C" | "rpm" | "%";
};

/** What each is called, and the largest value taken for true: more is absent. */
export const sensorMetricSpecs = {
  power_w: { label: "Node power", unit: "W", decimals: 0, max: 200_000 },
  inlet_c: { label: "Inlet temperature", unit: "°C", decimals: 2, max: 150 },
  hottest_c: { label: "Hottest sensor", unit: "°C", decimals: 2, max: 250 },
  fan_rpm: { label: "Slowest fan", unit: "rpm", decimals: 0, max: 100_000 },
  fan_percent: { label: "Slowest fan", unit: "%", decimals: 2, max: 100 },
} as const satisfies Record<SensorMetric, SensorMetricSpec>;

export type SensorSample = Record<SensorMetric, number | null>;

/** The buckets of one controller; a metric without a single sample in the grid is not a key. */
export type SensorSeries = Partial<Record<SensorMetric, BucketSeries>>;

/** Where air comes in, by the names that vendors give such a sensor. */
const inletNames = /inlet|intake|ambient/i;

/** What is kept of one look; null where the controller does not say. */
export function sensorSample(readings: readonly InventoryReading[]): SensorSample {
  const of = (kind: InventoryReading["kind"], unit?: InventoryReading["unit"]) =>
    readings.filter((each) => each.kind === kind && (unit === undefined || each.unit === unit));
  const temperatures = of("temperature");
  const inlets = temperatures.filter(({ name }) => inletNames.test(name));
  const sample = {
    // Of several, the greatest is the node's: the others are of its parts.
    power_w: most(of("power")),
    inlet_c: most(inlets),
    hottest_c: most(temperatures),
    fan_rpm: least(of("fan", "rpm")),
    fan_percent: least(of("fan", "%")),
  };
  for (const metric of sensorMetrics) {
    if ((sample[metric] ?? 0) > sensorMetricSpecs[metric].max) sample[metric] = null;
  }
  return sample;
}

type Readings = readonly InventoryReading[];
const most = (of: Readings) => (of.length === 0 ? null : Math.max(...of.map(({ value }) => value)));
const least = (of: Readings) =>
  of.length === 0 ? null : Math.min(...of.map(({ value }) => value));
