import { boundsOf, type ChartRow, rowsOf } from "#lib/client/chart-rows";
import { type SensorMetric, sensorMetricSpecs } from "#lib/domain/telemetry/sensor-metric";
import type { NodeSensors } from "#lib/schemas/node-sensors";

type Unit = (typeof sensorMetricSpecs)[SensorMetric]["unit"];

export type SensorChart = {
  id: string;
  label: string;
  unit: Unit;
  lines: {
    id: SensorMetric;
    label: string;
    /** The columns of its least and greatest values, which it is drawn between where it is alone (`band`). */
    bounds: { low: string; high: string };
    band?: { low: string; high: string };
  }[];
  rows: ChartRow[];
};

const charts: readonly { id: string; label: string; unit: Unit; metrics: SensorMetric[] }[] = [
  { id: "power", label: "Node power", unit: "W", metrics: ["power_w"] },
  { id: "temperature", label: "Temperature", unit: "°C", metrics: ["inlet_c", "hottest_c"] },
  { id: "rpm", label: "Slowest fan, speed", unit: "rpm", metrics: ["fan_rpm"] },
  { id: "fan", label: "Slowest fan, share", unit: "%", metrics: ["fan_percent"] },
];

/**
 * The charts of what a controller has measured: those of which something is known. A bucket without a
 * sample stays a gap; a line that is alone is drawn between its least and greatest values.
 */
export function prepareSensorSeries({ grid, metrics }: NodeSensors): SensorChart[] {
  return charts
    .filter((chart) => chart.metrics.some((metric) => metrics[metric]))
    .map(({ metrics: ofChart, ...chart }) => {
      const alone = ofChart.length === 1;
      return {
        ...chart,
        lines: ofChart.map((metric) => {
          const bounds = boundsOf(metric);
          const { label } = sensorMetricSpecs[metric];
          return { id: metric, label, bounds, ...(alone && { band: bounds }) };
        }),
        rows: rowsOf(
          grid,
          ofChart.map((metric) => [metric, metrics[metric]]),
        ),
      };
    });
}
