"use client";

import { useMemo } from "react";
import { TimeSeriesChart } from "#components/charts/time-series-chart";
import { StoreError } from "#components/environments/telemetry-error";
import { Callout } from "#components/ui/callout";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { Stat, StatRow } from "#components/ui/stat";
import { formatCount, formatPercent, formatQuantity, formatWatts } from "#lib/client/format";
import { type HolderPlace, useGpusDay, useGpusNow } from "#lib/client/use-gpu-summary";
import { useNow } from "#lib/client/use-now";
import { freshFor } from "#lib/domain/telemetry/fresh";
import type { GpusNow } from "#lib/schemas/gpu-summary";

const series = [{ id: "mean", label: "Mean of all GPUs" }];

/**
 * The GPUs that a project or tenant holds: how many, how many of them work, what they draw, and how
 * much they were used over the last day. What is not known now is "unknown", and in no sum.
 */
export function GpuSummaryPanel({ place, initial }: { place: HolderPlace; initial: GpusNow }) {
  const now = useGpusNow(place, initial);
  const { data } = now;
  const here = useNow(5_000);
  // The server's moments on this browser's clock.
  const aheadMs = now.dataUpdatedAt - data.nowMs;
  const isFresh =
    data.lastMs !== null &&
    (here === null || here - (data.lastMs + aheadMs) < freshFor(data.scrapeMs));
  const { busy, utilization, power } = isFresh ? data : nothingKnown;
  return (
    <div className="flex flex-col gap-3">
      <Panel
        title="GPUs now"
        meta={
          data.lastMs !== null && (
            <>
              newest sample <RelativeTime at={new Date(data.lastMs + aheadMs).toISOString()} />
            </>
          )
        }
        padded={false}
      >
        {now.isError && (
          <Callout kind="attention" role="status" title="The figures could not be refreshed">
            What is shown was told before. It is asked for again by itself.
          </Callout>
        )}
        <StatRow className="rounded-none border-0">
          <Stat
            label="GPUs held"
            value={formatCount(data.gpus)}
            detail={`on ${formatQuantity(data.nodes, "node")}`}
          />
          {data.gpus > 0 && (
            <>
              <Stat
                label="Busy"
                value={busy.of > 0 ? formatPercent((100 * busy.gpus) / busy.of) : null}
                detail={
                  busy.of > 0
                    ? `${formatCount(busy.gpus)} of ${formatCount(busy.of)}${missing(data.gpus, busy.of)}`
                    : "no sample of the last minutes"
                }
              />
              <Stat
                label="Utilization, mean"
                value={utilization.mean === null ? null : formatPercent(utilization.mean)}
                detail={utilization.of > 0 ? told(data.gpus, utilization.of) : undefined}
              />
              <Stat
                label="Power, sum"
                value={power.watts === null ? null : formatPower(power.watts)}
                detail={power.of > 0 ? told(data.gpus, power.of) : undefined}
              />
            </>
          )}
        </StatRow>
      </Panel>
      <LastDay place={place} />
    </div>
  );
}

const nothingKnown: Pick<GpusNow, "busy" | "utilization" | "power"> = {
  busy: { gpus: 0, of: 0 },
  utilization: { mean: null, of: 0 },
  power: { watts: null, of: 0 },
};

/** Watts, from ten thousand on as kW. */
const formatPower = (watts: number) =>
  watts < 10_000 ? formatWatts(watts) : `${(watts / 1_000).toFixed(1)}\u00a0kW`;

/** What a store elsewhere was not asked for, of very many allocations. */
const leftOutWords = (share: number) =>
  share > 0
    ? ` Up to ${formatPercent(Math.ceil(1_000 * share) / 10)} of the time that nodes were held is left out, where allocations began and ended: the store is asked for only so much at once.`
    : "";

const missing = (gpus: number, of: number) =>
  gpus > of ? `, ${formatCount(gpus - of)} unknown` : "";

const told = (gpus: number, of: number) =>
  gpus > of ? `of ${formatQuantity(of, "GPU")}${missing(gpus, of)}` : `of all ${formatCount(of)}`;

function LastDay({ place }: { place: HolderPlace }) {
  const { data, isError } = useGpusDay(place);
  const rows = useMemo(
    () =>
      data?.mean.map((mean, index) => ({ at: data.grid.fromMs + index * data.grid.stepMs, mean })),
    [data],
  );
  if (isError) {
    return (
      <p className="text-muted text-sm">
        The last day could not be fetched. It is asked for again by itself.
      </p>
    );
  }
  if (!data || !rows) {
    return (
      <p role="status" className="text-muted text-sm">
        The last day is being fetched.
      </p>
    );
  }
  if (data.store?.error) return <StoreError name={data.store.name} error={data.store.error} />;
  if (data.mean.every((mean) => mean === null)) {
    return (
      <p className="text-muted text-sm">
        Of the last 24 hours nothing is known
        {data.leftOut > 0 ? "." : ": no GPU was held that told of itself."}
        {leftOutWords(data.leftOut)}
      </p>
    );
  }
  return (
    <TimeSeriesChart
      title="GPU utilization, last 24 hours"
      unit="%"
      description={`Mean over all GPUs held at the time${data.store ? `, as ${data.store.name} tells` : ""}.${leftOutWords(data.leftOut)}`}
      series={series}
      rows={rows}
      range={{
        from: data.grid.fromMs,
        to: data.grid.fromMs + data.grid.count * data.grid.stepMs,
      }}
      told={null}
      yMax={100}
      height={110}
      format={formatPercent}
      syncId="gpu-day"
    />
  );
}
