"use client";

import { FoldButton, useFolding } from "#components/environments/folding";
import { chartOfEach, GpuCharts } from "#components/environments/gpu-charts";
import { GpuInstancesPanel } from "#components/environments/gpu-instances-panel";
import { LayoutChoice } from "#components/environments/layout-choice";
import {
  type Choose,
  chartView,
  lastHour,
  NodeChoice,
  timeName,
  useTelemetryChoice,
  WindowChoice,
} from "#components/environments/telemetry-choice";
import { StoreError, TelemetryError } from "#components/environments/telemetry-error";
import { TelemetryEvents } from "#components/environments/telemetry-events";
import { TelemetryState } from "#components/environments/telemetry-state";
import { ZoomLine } from "#components/environments/zoom-line";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { Select } from "#components/ui/select";
import { SkeletonRows } from "#components/ui/skeleton";
import { Stat, StatRow } from "#components/ui/stat";
import { useMarks } from "#lib/client/chart-marks";
import { meanDetail, presentDetail } from "#lib/client/chart-rows";
import { formatCount, formatPercent, formatWatts } from "#lib/client/format";
import type { GpuChart, PreparedTelemetry } from "#lib/client/prepare-gpu-series";
import { type TelemetrySubject, useGpuTelemetry } from "#lib/client/use-gpu-telemetry";
import { telemetryWindows, windowSpecs } from "#lib/domain/telemetry/window";

/**
 * The GPUs of an environment's nodes, live and over the last minutes to a month: what they do, and
 * since when that is not known. Window, node and GPU are in the URL. `folded` is how it comes at first.
 */
export function GpuTelemetryPanel({ folded, ...subject }: TelemetrySubject & { folded: boolean }) {
  const choice = useTelemetryChoice();
  const { window, stretch, node, gpu, choose } = choice;
  const { isOpen, setOpen } = useFolding(folded);
  const telemetry = useGpuTelemetry(subject, { window, stretch }, node, gpu, isOpen);
  const { data } = telemetry;
  const view = data && chartView(choice, data);
  const marks = useMarks(data?.events, view?.range);
  // The server's moments on this browser's clock, so that an age does not hold the clocks' difference.
  const here = (ms: number) =>
    new Date(ms + (data ? data.receivedMs - data.nowMs : 0)).toISOString();

  const fold = folded && <FoldButton what="GPU telemetry" isOpen={isOpen} setOpen={setOpen} />;

  if (!isOpen) {
    return (
      <Panel title="GPU telemetry" actions={fold}>
        <p className="text-muted text-sm">
          None of its nodes runs now. What their GPUs did while they were this environment's can
          still be looked at.
        </p>
      </Panel>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <Panel
        title="GPU telemetry"
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
            {data && <GpuChoice data={data} gpu={gpu} choose={choose} />}
            <WindowChoice window={window} windows={telemetryWindows} choose={choose} />
            {fold}
          </>
        }
        padded={!data?.node}
      >
        {telemetry.isPending && <SkeletonRows rows={3} label="Telemetry is being fetched" />}
        {data && !data.node && (
          <EmptyState title="No node yet">
            Telemetry begins when the environment has a node that runs.
          </EmptyState>
        )}
        {data?.node && <Summary data={data} isZoomed={stretch !== null} />}
      </Panel>

      {telemetry.isError && (
        <TelemetryError what="Telemetry" isKnown={data !== undefined} retry={telemetry.refetch} />
      )}
      {data?.node && view && (
        <>
          {data.store?.error ? (
            <StoreError name={data.store.name} error={data.store.error} />
          ) : (
            <TelemetryState
              node={data.node}
              live={data.live}
              here={here}
              showLast={lastHour(data.node, view)}
            />
          )}
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
            >
              {data.gpus.length > 1 && gpu === null && (
                <LayoutChoice
                  layout={choice.layout}
                  chart={chartOfEach(data, choice)}
                  charts={data.charts}
                  choose={choose}
                />
              )}
            </ZoomLine>
            <GpuCharts
              data={data}
              choice={choice}
              view={view}
              marks={marks}
              age={
                data.node.lastMs !== null && (
                  <RelativeTime at={here(data.node.lastMs)} focusable={false} />
                )
              }
            />
          </div>
          {data.parts.charts.length > 0 && (
            <GpuInstancesPanel
              parts={data.parts}
              node={data.node.hostname}
              time={timeName(window, stretch)}
              told={data.live ? data : null}
              view={view}
              marks={marks}
              age={
                data.node.lastMs !== null && (
                  <RelativeTime at={here(data.node.lastMs)} focusable={false} />
                )
              }
            />
          )}
          {data.events.length > 0 && (
            <TelemetryEvents
              events={data.events.map(({ atMs, untilMs, kind, words }) => ({
                ...{ at: here(atMs), kind, words },
                until: untilMs === null || untilMs === atMs ? null : here(untilMs),
              }))}
            />
          )}
        </>
      )}
    </div>
  );
}

/** Joules as watt-hours, or as kWh from ten of them on. */
function formatWattHours(joules: number | null): string {
  const wattHours = (joules ?? Number.NaN) / 3_600;
  return wattHours < 10_000
    ? `${formatCount(wattHours)}\u00a0Wh`
    : `${formatCount(wattHours / 1_000)}\u00a0kWh`;
}

/**
 * The present state of the shown GPUs in three figures, unknown unless live, and their energy; of a
 * stretch of time the means.
 */
function Summary({ data, isZoomed }: { data: PreparedTelemetry; isZoomed: boolean }) {
  const last = (metric: GpuChart["metric"]) => {
    const chart =
      data.live || isZoomed ? data.charts.find((one) => one.metric === metric) : undefined;
    return (chart?.lines ?? []).flatMap(
      ({ present, summary }) => (isZoomed ? summary?.mean : present) ?? [],
    );
  };
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const mean = (values: number[]) => (values.length > 0 ? sum(values) / values.length : null);
  const known = (value: number | null, format: (value: number | null) => string) =>
    value === null ? null : format(value);
  const power = last("power_w");
  const shown = data.charts.find(({ metric }) => metric === "power_w")?.lines.length ?? 0;
  const isPartial = power.length > 0 && power.length < shown;
  const detail = isZoomed ? meanDetail : presentDetail(data.stepMs, data.scrapeMs);
  return (
    <StatRow className="rounded-none border-0">
      <Stat
        label="GPU utilization, mean"
        detail={detail}
        value={known(mean(last("gpu_util")), formatPercent)}
      />
      <Stat
        label="SM activity, mean"
        detail={detail}
        value={known(mean(last("sm_active")), formatPercent)}
      />
      <Stat
        label={isPartial ? `Power, sum of ${power.length} of ${shown} GPUs` : "Power, sum"}
        detail={detail}
        value={power.length > 0 ? formatWatts(sum(power)) : null}
      />
      <Stat
        label={isZoomed ? "Energy" : `Energy, last ${windowSpecs[data.window].label}`}
        detail={isZoomed ? "in what is shown" : undefined}
        value={known(data.energyJoules, formatWattHours)}
      />
    </StatRow>
  );
}

function GpuChoice({
  data,
  gpu,
  choose,
}: {
  data: PreparedTelemetry;
  gpu: number | null;
  choose: Choose;
}) {
  if (data.gpus.length < 2) return null;
  return (
    <Select
      aria-label="GPU"
      className="w-auto"
      value={gpu === null ? "" : String(gpu)}
      onChange={(event) => choose("gpu", event.target.value || null)}
      placeholder={`All ${data.gpus.length} GPUs`}
      options={data.gpus.map((index) => ({ value: String(index), label: `GPU ${index}` }))}
    />
  );
}
