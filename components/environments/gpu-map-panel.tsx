"use client";

import { useMemo } from "react";
import { useTelemetryChoice } from "#components/environments/telemetry-choice";
import { TelemetryError } from "#components/environments/telemetry-error";
import { GpuMap } from "#components/gpus/gpu-map";
import { GpuMapTable } from "#components/gpus/gpu-map-table";
import { MapLegend } from "#components/gpus/map-legend";
import { MapMetricChoice } from "#components/gpus/map-metric-choice";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { SkeletonRows } from "#components/ui/skeleton";
import { environmentBlocks } from "#lib/client/environment-map";
import { formatCount, formatQuantity } from "#lib/client/format";
import { metricLooks } from "#lib/client/map-look";
import { useEnvironmentGpus } from "#lib/client/use-environment-gpus";
import type { TelemetrySubject } from "#lib/client/use-gpu-telemetry";

/**
 * Every GPU that an environment holds on one map, live. One that is opened is the one whose charts are
 * shown; `opened` is called then. What the map is coloured by is in the URL.
 */
export function GpuMapPanel({ opened, ...subject }: TelemetrySubject & { opened: () => void }) {
  const { map: metric, choose, chooseGpu } = useTelemetryChoice();
  const query = useEnvironmentGpus(subject, metric);
  const { data } = query;
  const laidOut = useMemo(() => environmentBlocks(data?.nodes ?? []), [data]);
  const cells = data?.nodes.flatMap(({ values }) => values) ?? [];
  const known = cells.filter((value) => value !== null).length;
  return (
    <Panel
      title="GPUs now"
      meta={
        data && (
          <>
            {formatQuantity(cells.length, "GPU")} on {formatQuantity(data.nodes.length, "node")},{" "}
            {metricLooks[data.metric].label.toLowerCase()} known of {formatCount(known)}, read{" "}
            <RelativeTime at={new Date(query.dataUpdatedAt).toISOString()} focusable={false} />
          </>
        )
      }
      padded={false}
      actions={<MapMetricChoice metric={metric} choose={(one) => choose("map", one)} />}
    >
      {query.isError && (
        <div className="px-4 py-3">
          <TelemetryError
            what="The map of GPUs"
            isKnown={data !== undefined}
            retry={query.refetch}
          />
        </div>
      )}
      {query.isPending && (
        <div className="px-4 py-3">
          <SkeletonRows rows={2} label="The map of GPUs is being fetched" />
        </div>
      )}
      {data && cells.length === 0 && (
        <p className="px-4 py-3 text-muted text-sm">It holds no GPU now.</p>
      )}
      {data && cells.length > 0 && (
        <>
          <div className="flex flex-col gap-3 px-4 py-3">
            <MapLegend metric={data.metric} />
            <GpuMap
              told={data}
              {...laidOut}
              whose={({ group }) => group}
              opens="its charts"
              onOpen={(node, gpu) => {
                chooseGpu(node.id, gpu);
                opened();
              }}
            />
          </div>
          <GpuMapTable
            told={data}
            nodes={() => data.nodes}
            nameOf={({ name }) => name}
            about={[{ id: "group", header: "Group", cell: ({ group }) => group }]}
          />
        </>
      )}
    </Panel>
  );
}
