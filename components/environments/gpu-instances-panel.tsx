"use client";

import type { ReactNode } from "react";
import { TimeSeriesChart } from "#components/charts/time-series-chart";
import type { ChartView } from "#components/environments/telemetry-choice";
import { Panel } from "#components/ui/panel";
import { DataTable } from "#components/ui/table";
import type { ChartMark } from "#lib/client/draw-chart";
import { formatMebibytes, formatPercent } from "#lib/client/format";
import type { InstanceNow, PreparedInstances } from "#lib/client/prepare-instances";
import type { Told } from "#lib/domain/telemetry/buckets";

const chartHeight = 160;

/**
 * The parts that GPUs are split into (MIG): what each does now, and for each GPU what its parts did. The
 * range and the zoom are those of the charts above.
 */
export function GpuInstancesPanel({
  parts: { instances, charts },
  node,
  time,
  view,
  told,
  marks,
  age,
}: {
  parts: PreparedInstances;
  /** Of which node and time it is, for the names of files. */
  node: string;
  time: string;
  view: ChartView;
  told: Told | null;
  marks: readonly ChartMark[];
  age: ReactNode;
}) {
  return (
    <>
      <Panel
        title="MIG instances"
        description="GPUs that are split tell of their parts. Of such a GPU as a whole most exporters tell power, temperature, clocks and errors alone."
        padded={false}
      >
        <DataTable
          label="MIG instances"
          rows={instances}
          rowKey={({ key }) => key}
          columns={[
            {
              id: "instance",
              header: "Instance",
              rowHeader: true,
              cell: ({ gpu, instance }) => `GPU ${gpu}, instance ${instance}`,
            },
            { id: "profile", header: "Profile", cell: ({ profile }) => profile },
            ...shares.map(([metric, header]) => ({
              ...{ id: metric, header, align: "end" as const },
              cell: ({ now }: InstanceNow) => formatPercent(now[metric]),
            })),
            { id: "memory", header: "Memory used", align: "end", cell: memoryOf },
          ]}
        />
      </Panel>
      <div className="grid gap-3 lg:grid-cols-2">
        {charts.map((chart) => (
          <TimeSeriesChart
            key={`${chart.gpu} ${chart.metric}`}
            title={chart.title}
            unit={chart.unit === "MiB" ? "GiB" : chart.unit}
            rowsUnit={chart.unit}
            series={chart.lines}
            rows={chart.rows}
            {...view}
            node={node}
            time={time}
            told={told}
            marks={marks}
            yMax={chart.unit === "%" ? 100 : undefined}
            yUnit={chart.unit === "MiB" ? 1_024 : undefined}
            height={chartHeight}
            format={chart.unit === "MiB" ? formatMebibytes : formatPercent}
            syncId="telemetry"
            age={age}
          />
        ))}
      </div>
    </>
  );
}

const shares = [
  ["gr_active", "Graphics engine"],
  ["sm_active", "SM"],
  ["tensor_active", "Tensor"],
  ["dram_active", "DRAM"],
] as const;

function memoryOf({ now: { fb_used, fb_free, fb_total } }: InstanceNow): string {
  const total = fb_total ?? (fb_used !== null && fb_free !== null ? fb_used + fb_free : null);
  const used = formatMebibytes(fb_used);
  return fb_used === null || total === null ? used : `${used} of ${formatMebibytes(total)}`;
}
