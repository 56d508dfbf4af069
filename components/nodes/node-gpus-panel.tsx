"use client";

import { useState } from "react";
import { Bar } from "#components/ui/bar";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import {
  formatCelsius,
  formatCount,
  formatMegabytesPerSecond,
  formatPercent,
  formatQuantity,
  formatWatts,
} from "#lib/client/format";
import { useFeed } from "#lib/client/use-live";
import { useNow } from "#lib/client/use-now";
import type { Id } from "#lib/domain/id";
import { freshFor } from "#lib/domain/telemetry/fresh";
import { type NodeGpus, nodeGpus } from "#lib/schemas/gpu-summary";

type Told = NodeGpus & { receivedMs: number };

/** What each GPU of a node does now, live, and how old that is. `initial` came with the page. */
export function NodeGpusPanel({ nodeId, initial }: { nodeId: Id<"node">; initial: NodeGpus }) {
  const [told, setTold] = useState<Told | null>(null);
  useFeed(`gpus:${nodeId}`, "fleet", (data) => {
    const now = nodeGpus.safeParse(data);
    if (now.success) setTold({ ...now.data, receivedMs: Date.now() });
  });
  const here = useNow(5_000);
  const shown =
    told && told.nowMs > initial.nowMs ? told : { ...initial, receivedMs: initial.nowMs };
  // On this browser's clock.
  const hereOf = (ms: number | null) => (ms === null ? null : ms + shown.receivedMs - shown.nowMs);
  const isNew = (ms: number | null) =>
    ms !== null && (here ?? shown.receivedMs) - ms < freshFor(shown.scrapeMs);
  const atMs = hereOf(shown.atMs);
  const isFresh = isNew(atMs);
  const areSwitchesFresh = isNew(hereOf(shown.switchesAtMs));
  return (
    <Panel
      title={shown.switches.length > 0 ? "GPUs and NVSwitches now" : "GPUs now"}
      meta={
        atMs !== null && (
          <>
            newest sample <RelativeTime at={new Date(atMs).toISOString()} />
          </>
        )
      }
      description={
        !isFresh
          ? whyUnknown(shown)
          : shown.switches.length > 0 && !areSwitchesFresh
            ? "NVSwitches unknown: nothing has been told of them for some time."
            : undefined
      }
      padded={false}
    >
      {/* Nobody asks a node that nobody holds: a table of its GPUs would say nothing. */}
      {shown.held && (
        <DataTable
          label="GPUs of this node"
          rows={shown.gpus.map((gpu) => (isFresh ? gpu : { ...unknown, gpu: gpu.gpu }))}
          rowKey={({ gpu }) => String(gpu)}
          columns={[
            { id: "gpu", header: "GPU", rowHeader: true, cell: ({ gpu }) => `GPU ${gpu}` },
            {
              id: "utilization",
              header: "Utilization",
              cell: ({ utilization, parts }) =>
                utilization === null && parts.length > 0 ? (
                  <Parts parts={parts} />
                ) : (
                  <Share percent={utilization} />
                ),
            },
            {
              id: "power",
              header: "Power",
              align: "end",
              cell: ({ power }) => formatWatts(power),
            },
            {
              id: "temperature",
              header: "Temperature",
              align: "end",
              cell: ({ temperature }) => formatCelsius(temperature),
            },
            {
              id: "held-back",
              header: "Held back by",
              cell: ({ heldBack }) =>
                heldBack === null ? "unknown" : heldBack.join(", ") || "nothing",
            },
          ]}
        />
      )}
      {shown.held && shown.switches.length > 0 && (
        <DataTable
          label="NVSwitches of this node"
          className="border-line border-t"
          rows={shown.switches.map((one) =>
            areSwitchesFresh ? one : { ...unknownSwitch, ...only(one) },
          )}
          rowKey={({ nvswitch }) => String(nvswitch)}
          columns={switchColumns}
        />
      )}
    </Panel>
  );
}

function Share({ percent }: { percent: number | null }) {
  return (
    <span className="flex items-center gap-3">
      <span className="w-16 shrink-0">{formatPercent(percent)}</span>
      <span className="w-40 max-md:hidden">
        {percent !== null && <Bar parts={[{ share: percent / 100, kind: "quiet" }]} />}
      </span>
    </span>
  );
}

/** A GPU that is split has no utilization of its own: the activity of each of its parts. */
function Parts({ parts }: { parts: NodeGpus["gpus"][number]["parts"] }) {
  return (
    <ul className="flex flex-col gap-1" aria-label="MIG instances">
      {parts.map(({ instance, profile, activity }) => (
        <li key={instance} className="flex items-center gap-3">
          <Share percent={activity} />
          <span className="text-muted">
            instance {instance}, {profile}
          </span>
        </li>
      ))}
    </ul>
  );
}

type Switch = NodeGpus["switches"][number];

const switchColumns: readonly Column<Switch>[] = [
  {
    id: "switch",
    header: "NVSwitch",
    rowHeader: true,
    cell: ({ nvswitch }) => `NVSwitch ${nvswitch}`,
  },
  {
    id: "temperature",
    header: "Temperature",
    align: "end",
    cell: ({ temperature }) => formatCelsius(temperature),
  },
  { id: "tx", header: "Sent", align: "end", cell: ({ tx }) => formatMegabytesPerSecond(tx) },
  { id: "rx", header: "Received", align: "end", cell: ({ rx }) => formatMegabytesPerSecond(rx) },
  {
    id: "links",
    header: "Errors of links",
    align: "end",
    cell: ({ linkErrors }) => formatCount(linkErrors),
  },
  { id: "fatal", header: "Last fatal error", cell: ({ fatal }) => formatSxid(fatal) },
  { id: "error", header: "Last other error", cell: ({ nonFatal }) => formatSxid(nonFatal) },
];

function formatSxid(sxid: number | null): string {
  return sxid === null ? "unknown" : sxid === 0 ? "none" : `SXID ${sxid}`;
}

const only = ({ nvswitch }: Switch) => ({ nvswitch });
const unknownSwitch = {
  ...{ temperature: null, tx: null, rx: null, fatal: null, nonFatal: null, linkErrors: null },
};

const unknown = {
  ...{ utilization: null, power: null, temperature: null, heldBack: null, parts: [] },
};

function whyUnknown({ held, atMs, gpus }: NodeGpus): string {
  if (!held)
    return `${formatQuantity(gpus.length, "GPU")}, unknown what they do: only nodes that somebody holds are asked.`;
  if (atMs === null) return "Unknown: nothing has been told since its present holder took it.";
  return "Unknown: nothing has been told for some time.";
}
