"use client";

import type { Route } from "next";
import { useRouter, useSearchParams } from "next/navigation";
import { GpuMap } from "#components/gpus/gpu-map";
import { GpuMapTable } from "#components/gpus/gpu-map-table";
import { MapLegend } from "#components/gpus/map-legend";
import { MapMetricChoice } from "#components/gpus/map-metric-choice";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { changeAddress } from "#lib/client/change-address";
import { formatCount, formatPercent, formatQuantity } from "#lib/client/format";
import { heatmapSizes } from "#lib/client/heatmap-layout";
import { metricLooks } from "#lib/client/map-look";
import { useFleetGpus } from "#lib/client/use-fleet-gpus";
import type { FleetGpus, ListedNode, NodeList } from "#lib/schemas/fleet-gpus";
import { type MapMetric, mapMetrics } from "#lib/schemas/gpu-map";

type Node = FleetGpus["racks"][number]["nodes"][number];

/** Every GPU of the fleet on one map, and beside it those that a person may want to look at. */
export function FleetGpusScreen({ initial }: { initial: FleetGpus }) {
  const { metric, choose } = useMetric(initial.metric);
  const query = useFleetGpus(metric, initial);
  const data = query.data ?? initial;
  const router = useRouter();
  const holderOf = ({ environment }: Node) =>
    environment === null ? null : (data.environments[environment] ?? null);
  const cells = data.racks.flatMap((rack) => rack.nodes.flatMap(({ values }) => values));
  const known = cells.filter((value) => value !== null).length;
  return (
    <>
      <PageHeader
        title="GPUs"
        meta={
          <span className="text-faint">
            read <RelativeTime at={new Date(query.dataUpdatedAt || data.nowMs).toISOString()} />
          </span>
        }
      />
      {query.isError && (
        <Callout
          kind="attention"
          role="status"
          title="The map could not be refreshed"
          action={
            <Button size="sm" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        >
          What is shown was read before. It is asked for again by itself.
        </Callout>
      )}
      <Panel
        title={metricLooks[metric].label}
        meta={`${formatQuantity(cells.length, "GPU")}, known of ${formatCount(known)}`}
        padded={false}
        actions={<MapMetricChoice metric={metric} choose={choose} />}
      >
        {cells.length === 0 ? (
          <EmptyState title="No GPUs yet">
            Nodes whose node type has GPUs stand here, rack by rack.
          </EmptyState>
        ) : (
          <>
            <div className="flex flex-col gap-3 px-4 py-3">
              <MapLegend metric={data.metric} />
              <GpuMap
                told={data}
                blocks={data.racks}
                size={heatmapSizes.small}
                whose={(node) => holderOf(node) ?? `${node.lifecycle}, nobody's`}
                opens="the node"
                onOpen={(node) => router.push(`/fleet/nodes/${node.id}` as Route)}
              />
            </div>
            <GpuMapTable
              told={data}
              nodes={() =>
                data.racks.flatMap((rack) =>
                  rack.nodes.map((node) => ({ ...node, rack: rack.name })),
                )
              }
              nameOf={(node) => (
                <TextLink quiet href={`/fleet/nodes/${node.id}`}>
                  {node.name}
                </TextLink>
              )}
              about={[
                { id: "rack", header: "Rack", cell: ({ rack }) => rack },
                {
                  id: "environment",
                  header: "Environment",
                  cell: (node) =>
                    holderOf(node) ?? <span className="text-faint">{node.lifecycle}</span>,
                },
              ]}
            />
          </>
        )}
      </Panel>
      <div className="grid gap-4 md:grid-cols-2">
        <NodesPanel
          title="Throttling"
          list={data.throttling}
          all="/fleet/health?q=throttled"
          atWords="since"
          empty="No GPU that is heard of is held back by heat or power."
        />
        <NodesPanel
          title="XIDs"
          meta="last day"
          label="XIDs of the last day"
          list={data.xids}
          all="/fleet/health?q=xid_"
          atWords="last"
          empty="No exporter has told of one."
        />
        <NodesPanel
          title="Hottest"
          list={data.hottest}
          all="/fleet/gpus?metric=temperature"
          empty="Nothing is known of temperatures now."
        />
        <NodesPanel
          title="Idlest, held by a tenant"
          list={data.idlest}
          all="/fleet/use#idle"
          empty="Nothing is known of the utilization of GPUs that are held."
        />
      </div>
      <Panel title="Capacity and use by GPU model" padded={false}>
        <DataTable
          label="GPU models"
          rows={data.models}
          rowKey={(row) => row.model}
          empty={<EmptyState title="No GPUs yet" />}
          columns={[
            { id: "model", header: "Model", rowHeader: true, cell: (row) => row.model },
            { id: "gpus", header: "GPUs", align: "end", cell: (row) => formatCount(row.gpus) },
            { id: "held", header: "Held", align: "end", cell: (row) => formatCount(row.held) },
            { id: "free", header: "Free", align: "end", cell: (row) => formatCount(row.free) },
            {
              id: "use",
              header: "Utilization, mean",
              align: "end",
              cell: (row) =>
                row.utilization === null ? (
                  <span className="text-faint">unknown</span>
                ) : (
                  <span>
                    {formatPercent(row.utilization)}
                    <span className="ml-1.5 text-faint text-xs">of {formatCount(row.known)}</span>
                  </span>
                ),
            },
          ]}
        />
      </Panel>
    </>
  );
}

function NodesPanel({
  title,
  meta,
  label = title,
  list: { nodes, total },
  all,
  atWords,
  empty,
}: {
  title: string;
  meta?: string;
  label?: string;
  list: NodeList;
  /** Where the rest of them are. */
  all: string;
  /** What is said before the moment of a line. */
  atWords?: string;
  empty: string;
}) {
  const count = formatQuantity(total, "node");
  return (
    <Panel
      title={title}
      meta={[meta, total > 0 && count].filter(Boolean).join(", ")}
      padded={false}
    >
      {nodes.length === 0 ? (
        <p className="px-4 py-3 text-muted text-sm">{empty}</p>
      ) : (
        <ul aria-label={label} className="divide-y divide-line text-sm">
          {nodes.map((row) => (
            <li key={row.nodeId} className="flex items-baseline justify-between gap-3 px-4 py-1.5">
              <span className="min-w-0">
                <TextLink quiet href={`/fleet/nodes/${row.nodeId}`}>
                  {row.node}
                  {gpusOf(row)}
                </TextLink>
                <span className="ml-1.5 text-faint text-xs">
                  {row.rack}
                  {row.environment && `, ${row.environment}`}
                </span>
              </span>
              <span className="text-right">
                {row.words}
                {row.at && (
                  <span className="ml-1 text-faint text-xs">
                    {atWords} <RelativeTime at={row.at} focusable={false} />
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {total > nodes.length && (
        <p className="border-line border-t px-4 py-2 text-xs">
          <TextLink href={all}>
            {title}: all {count}
          </TextLink>
        </p>
      )}
    </Panel>
  );
}

/** ", GPU 3" or ", 8 GPUs"; nothing for the node as a whole. */
function gpusOf({ gpus }: ListedNode): string {
  const [first] = gpus;
  if (gpus.length > 1) return `, ${formatQuantity(gpus.length, "GPU")}`;
  return first === undefined || first < 0 ? "" : `, GPU ${first}`;
}

/** What the map is coloured by, in the URL. */
function useMetric(initial: MapMetric) {
  const params = useSearchParams();
  const asked = params.get("metric");
  return {
    metric: mapMetrics.find((one) => one === asked) ?? (asked === null ? "utilization" : initial),
    choose: (metric: MapMetric) => changeAddress((next) => next.set("metric", metric)),
  };
}
