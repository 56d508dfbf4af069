"use client";

import type { ReactNode } from "react";
import { TimeSeriesChart } from "#components/charts/time-series-chart";
import { FoldButton, useFolding } from "#components/environments/folding";
import { HostState } from "#components/environments/host-state";
import {
  type ChartView,
  chartView,
  lastHour,
  NodeChoice,
  timeName,
  useTelemetryChoice,
  WindowChoice,
} from "#components/environments/telemetry-choice";
import { StoreError, TelemetryError } from "#components/environments/telemetry-error";
import { ZoomLine } from "#components/environments/zoom-line";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { SkeletonRows } from "#components/ui/skeleton";
import { Stat, StatRow } from "#components/ui/stat";
import { useMarks } from "#lib/client/chart-marks";
import { meanDetail, presentDetail } from "#lib/client/chart-rows";
import type { ChartMark } from "#lib/client/draw-chart";
import {
  formatLoad,
  formatMebibytes,
  formatMegabytesPerSecond,
  formatPercent,
} from "#lib/client/format";
import type { HostChart, PreparedHost } from "#lib/client/prepare-host-series";
import type { TelemetrySubject } from "#lib/client/use-gpu-telemetry";
import { useHostTelemetry } from "#lib/client/use-host-telemetry";
import type { Told } from "#lib/domain/telemetry/buckets";
import type { HostMetric } from "#lib/domain/telemetry/host-metric";
import { telemetryWindows, windowSpecs } from "#lib/domain/telemetry/window";

const formats = {
  "%": formatPercent,
  MiB: formatMebibytes,
  "MB/s": formatMegabytesPerSecond,
  count: formatLoad,
} as const satisfies Record<HostChart["unit"], (value: number | null) => string>;

const units = { "%": "%", MiB: "GiB", "MB/s": "MB/s", count: "processes" } as const;

const chartHeight = 160;

/**
 * The hosts of an environment's nodes, over the last minutes to a month: processors, memory, network and
 * disks, and since when that is not known. Window and node are those of the URL. `folded` is how it
 * comes at first.
 */
export function HostTelemetryPanel({ folded, ...subject }: TelemetrySubject & { folded: boolean }) {
  const choice = useTelemetryChoice();
  const { window, stretch, node, choose } = choice;
  const { isOpen, setOpen } = useFolding(folded);
  const telemetry = useHostTelemetry(subject, { window, stretch }, node, isOpen);
  const { data } = telemetry;
  const view = data && chartView(choice, data);
  const marks = useMarks(data?.events, view?.range);
  // The server's moments on this browser's clock, so that an age does not hold the clocks' difference.
  const here = (ms: number) =>
    new Date(ms + (data ? data.receivedMs - data.nowMs : 0)).toISOString();
  const fold = folded && <FoldButton what="hosts" isOpen={isOpen} setOpen={setOpen} />;

  if (!isOpen) {
    return (
      <Panel title="Hosts" actions={fold}>
        <p className="text-muted text-sm">
          Processors, memory, network and disks of the machines around the GPUs.
        </p>
      </Panel>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <Panel
        title="Hosts"
        meta={
          data?.node?.lastMs != null && (
            <>
              newest sample <RelativeTime at={here(data.node.lastMs)} />
            </>
          )
        }
        description={`${stretch ? "A stretch of time" : `The last ${windowSpecs[window].label}`}, while the node is this environment's${data?.store ? `, as ${data.store.name} tells` : ""}`}
        actions={
          <>
            {data && <NodeChoice nodes={data.nodes} node={data.node} choose={choose} />}
            <WindowChoice window={window} windows={telemetryWindows} choose={choose} />
            {fold}
          </>
        }
        padded={!data?.node}
      >
        {telemetry.isPending && (
          <SkeletonRows rows={3} label="Telemetry of hosts is being fetched" />
        )}
        {data && !data.node && (
          <EmptyState title="No node yet">
            Telemetry begins when the environment has a node that runs.
          </EmptyState>
        )}
        {data?.node && <Summary data={data} isZoomed={stretch !== null} />}
      </Panel>

      {telemetry.isError && (
        <TelemetryError
          what="Telemetry of hosts"
          isKnown={data !== undefined}
          retry={telemetry.refetch}
        />
      )}
      {data?.node && view && (
        <>
          {data.store?.error ? (
            <StoreError name={data.store.name} error={data.store.error} />
          ) : (
            <HostState
              node={data.node}
              live={data.live}
              here={here}
              showLast={lastHour(data.node, view)}
            />
          )}
          {data.charts.some(isKnown) && (
            <div
              className="grid gap-3 lg:grid-cols-2 data-[stale=true]:grayscale"
              data-stale={telemetry.isPlaceholderData}
            >
              <ZoomLine
                range={view.range}
                isZoomed={stretch !== null}
                nowMs={data.nowMs}
                onPan={view.onPan}
                end={() => view.onZoom(null)}
              />
              {data.charts.map((chart) => (
                <MetricChart
                  key={chart.id}
                  chart={chart}
                  node={data.node?.hostname}
                  time={timeName(window, stretch)}
                  view={view}
                  told={data.live ? data : null}
                  marks={marks}
                  age={
                    data.node?.lastMs != null && (
                      <RelativeTime at={here(data.node.lastMs)} focusable={false} />
                    )
                  }
                />
              ))}
            </div>
          )}
        </>
      )}
    </div>
  );
}

/** True when a chart has anything to draw: six empty ones say less than one sentence. */
function isKnown({ lines, rows }: HostChart): boolean {
  return rows.some((row) => lines.some(({ id }) => (row[id] ?? null) !== null));
}

function MetricChart({
  chart,
  node,
  time,
  view,
  told,
  marks,
  age,
}: {
  chart: HostChart;
  node: string | undefined;
  time: string;
  view: ChartView;
  told: Told | null;
  marks: readonly ChartMark[];
  age: ReactNode;
}) {
  return (
    <TimeSeriesChart
      title={chart.label}
      unit={units[chart.unit]}
      rowsUnit={chart.unit}
      series={chart.lines}
      rows={chart.rows}
      {...view}
      node={node}
      time={time}
      told={told}
      marks={marks}
      yMax={chart.unit === "%" ? 100 : chart.limit?.value}
      yUnit={chart.unit === "MiB" ? 1_024 : undefined}
      limit={chart.limit}
      height={chartHeight}
      format={formats[chart.unit]}
      syncId="telemetry"
      age={age}
    />
  );
}

/** The present state of the host in four figures, unknown unless live; of a stretch of time the means. */
function Summary({ data, isZoomed }: { data: PreparedHost; isZoomed: boolean }) {
  const last = (metric: HostMetric) => {
    if (isZoomed) return data.means[metric] ?? null;
    return data.live ? (data.present[metric] ?? null) : null;
  };
  const told = (metric: HostMetric, format: (value: number | null) => string) => {
    const value = last(metric);
    return value === null ? null : format(value);
  };
  const [used, total] = [last("mem_used"), last("mem_total")];
  const [received, sent] = [
    told("net_rx", formatMegabytesPerSecond),
    told("net_tx", formatMegabytesPerSecond),
  ];
  const detail = isZoomed ? meanDetail : presentDetail(data.stepMs, data.scrapeMs);
  return (
    <StatRow className="rounded-none border-0">
      <Stat label="CPU busy" detail={detail} value={told("cpu_busy", formatPercent)} />
      <Stat label="Load, 1 minute" detail={detail} value={told("load1", formatLoad)} />
      <Stat
        detail={detail}
        label="Memory used"
        value={
          used !== null && total !== null
            ? `${formatMebibytes(used)} of ${formatMebibytes(total)}`
            : null
        }
      />
      <Stat
        detail={detail}
        label="Network received, sent"
        value={received !== null && sent !== null ? `${received}, ${sent}` : null}
      />
    </StatRow>
  );
}
