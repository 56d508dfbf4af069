"use client";

import { type ReactNode, useMemo } from "react";
import { TimeSeriesChart, type TimeSeriesChartProps } from "#components/charts/time-series-chart";
import {
  type ChartView,
  type TelemetryChoice,
  timeName,
} from "#components/environments/telemetry-choice";
import type { ChartMark } from "#lib/client/draw-chart";
import {
  formatCelsius,
  formatCount,
  formatMebibytes,
  formatMegabytesPerSecond,
  formatMegahertz,
  formatPercent,
  formatWatts,
} from "#lib/client/format";
import type { GpuChart, GpuLine, PreparedTelemetry } from "#lib/client/prepare-gpu-series";
import type { GpuMetricUnit } from "#lib/domain/telemetry/metric";

const formats: Partial<Record<GpuMetricUnit, (value: number | null) => string>> = {
  "%": formatPercent,
  MiB: formatMebibytes,
  W: formatWatts,
  "°C": formatCelsius,
  "MB/s": formatMegabytesPerSecond,
  MHz: formatMegahertz,
};

const [chartHeight, smallHeight] = [160, 110];

/** The metric that is drawn of each GPU: the chosen one, or the first where the GPUs do not tell it. */
export function chartOfEach(
  { charts }: PreparedTelemetry,
  { metric }: Pick<TelemetryChoice, "metric">,
): GpuChart | undefined {
  return charts.find((chart) => chart.metric === metric) ?? charts[0];
}

/**
 * A chart for each metric with all GPUs; or, where that is chosen and there are several, a small one for
 * each GPU with the chosen metric, all of one scale.
 */
export function GpuCharts({
  data,
  choice,
  view,
  marks,
  age,
}: {
  data: PreparedTelemetry;
  choice: Pick<TelemetryChoice, "layout" | "metric" | "window" | "stretch">;
  view: ChartView;
  marks: readonly ChartMark[];
  age: ReactNode;
}) {
  const chart = chartOfEach(data, choice);
  const shared = {
    ...view,
    ...{ told: data.live ? data : null, marks, age, syncId: "telemetry" },
    ...{ node: data.node?.hostname, time: timeName(choice.window, choice.stretch) },
  };
  if (choice.layout === "gpu" && chart && chart.lines.length > 1) {
    return (
      <ul
        aria-label={`${chart.label} of each GPU`}
        className="grid gap-3 sm:grid-cols-2 lg:col-span-2 xl:grid-cols-4"
      >
        {chart.lines.map((line) => (
          <li key={line.id} className="min-w-0">
            <OneGpuChart chart={chart} line={line} shared={shared} />
          </li>
        ))}
      </ul>
    );
  }
  return data.charts.map((one) => <MetricChart key={one.metric} chart={one} shared={shared} />);
}

type Shared = Pick<
  TimeSeriesChartProps,
  "range" | "onZoom" | "onPan" | "told" | "marks" | "age" | "syncId" | "node" | "time"
>;

/** How values of a chart are shown, whichever of its lines are. */
const looks = ({ unit, rows }: GpuChart) => ({
  unit: unit === "MiB" ? "GiB" : unit,
  rowsUnit: unit,
  ...(unit === "MiB" && { yUnit: 1_024 }),
  ...{ rows, format: formats[unit] ?? formatCount },
});

function MetricChart({ chart, shared }: { chart: GpuChart; shared: Shared }) {
  // Kept between renders, so that a chart is drawn when there is something new to draw.
  const series = useMemo(
    () => chart.lines.map(({ gpu, ...line }) => ({ ...line, colorIndex: gpu })),
    [chart],
  );
  return (
    <TimeSeriesChart
      {...shared}
      {...looks(chart)}
      title={chart.label}
      series={series}
      yMax={chart.unit === "%" ? 100 : undefined}
      limit={chart.limit}
      strips={chart.strips}
      envelope={chart.envelope}
      height={chartHeight}
    />
  );
}

function OneGpuChart({ chart, line, shared }: { chart: GpuChart; line: GpuLine; shared: Shared }) {
  const { id, label, gpu, bounds } = line;
  const series = useMemo(
    () => [{ id, label, bounds, band: bounds, colorIndex: gpu }],
    [id, label, bounds, gpu],
  );
  return (
    <TimeSeriesChart
      {...shared}
      {...looks(chart)}
      title={`${label}, ${chart.label}`}
      series={series}
      yMax={chart.unit === "%" ? 100 : chart.most}
      limit={line.limit}
      strips={line.strips}
      height={smallHeight}
    />
  );
}
