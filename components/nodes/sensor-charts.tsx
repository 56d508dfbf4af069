"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { TimeSeriesChart } from "#components/charts/time-series-chart";
import { WindowChoice } from "#components/environments/telemetry-choice";
import { Callout } from "#components/ui/callout";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { useMarks } from "#lib/client/chart-marks";
import { formatCelsius, formatPercent, formatRpm, formatWatts } from "#lib/client/format";
import { prepareSensorSeries } from "#lib/client/prepare-sensor-series";
import type { Id } from "#lib/domain/id";
import { windowSpecs } from "#lib/domain/telemetry/window";
import {
  type NodeSensors,
  nodeSensors,
  type SensorWindow,
  sensorWindows,
} from "#lib/schemas/node-sensors";

const formats = { W: formatWatts, "°C": formatCelsius, rpm: formatRpm, "%": formatPercent };
/** Controllers are read once a minute. */
const pollMs = 30_000;

/**
 * What a node's controller has measured over the last hours or days, how old the newest of it is, and why
 * it is not read where it is not. `initial` came with the page.
 */
export function SensorCharts({
  nodeId,
  name,
  initial,
}: {
  nodeId: Id<"node">;
  /** The node's, for the names of files. */
  name: string;
  initial: NodeSensors;
}) {
  const [window, setWindow] = useState<SensorWindow>(initial.window);
  const { data = initial, isError } = useQuery({
    queryKey: ["sensors", nodeId, window],
    queryFn: async ({ signal }) => {
      const response = await fetch(`/api/sensors/${nodeId}?window=${window}`, { signal });
      if (!response.ok) throw new Error(`sensors answered ${response.status}`);
      return nodeSensors.parse(await response.json());
    },
    ...(window === initial.window ? { initialData: initial } : {}),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs,
  });
  const { grid, whyNot, sensorsAt } = data;
  const range = { from: grid.fromMs, to: grid.fromMs + grid.count * grid.stepMs };
  const charts = prepareSensorSeries(data);
  const marks = useMarks(data.events, range);
  return (
    <Panel
      title="Sensors over time"
      meta={
        sensorsAt && (
          <>
            last read <RelativeTime at={sensorsAt} />
          </>
        )
      }
      description={`The last ${windowSpecs[data.window].label}, as the controller tells, whoever holds the node`}
      actions={
        <WindowChoice
          window={window}
          windows={sensorWindows}
          choose={(_, value) =>
            setWindow(sensorWindows.find((one) => one === value) ?? initial.window)
          }
        />
      }
    >
      {whyNot && (
        <Callout kind="attention" title="The controller is not read">
          {whyNot}
        </Callout>
      )}
      {isError && (
        <Callout kind="attention" title="What is shown may be old">
          The portal did not answer. It is asked again in half a minute.
        </Callout>
      )}
      {charts.length > 0 ? (
        <div className="grid gap-3 lg:grid-cols-2">
          {charts.map(({ id, label, unit, lines, rows }) => (
            <TimeSeriesChart
              key={id}
              title={label}
              unit={unit}
              series={lines}
              rows={rows}
              range={range}
              marks={marks}
              node={name}
              time={data.window}
              told={data}
              height={160}
              format={formats[unit]}
              syncId="sensors"
            />
          ))}
        </div>
      ) : (
        <p className="text-muted text-sm">
          Unknown: nothing has been measured in this window. Charts appear when the controller tells
          of its sensors.
        </p>
      )}
    </Panel>
  );
}
