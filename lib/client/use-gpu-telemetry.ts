"use client";

import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { mergeTelemetry } from "#lib/client/merge-telemetry";
import { prepareGpuSeries } from "#lib/client/prepare-gpu-series";
import { prepareInstances } from "#lib/client/prepare-instances";
import { useFeed } from "#lib/client/use-live";
import { usePollBesideStream } from "#lib/client/use-poll-beside-stream";
import type { Id } from "#lib/domain/id";
import type { Stretch } from "#lib/domain/telemetry/stretch";
import type { TelemetryWindow } from "#lib/domain/telemetry/window";
import { type GpuTelemetry, gpuTelemetry, gpuTelemetryTail } from "#lib/schemas/telemetry";

/** Whose telemetry: an environment, and the tenant and project (slugs) to see it through. */
export type TelemetrySubject = {
  tenant: string;
  project: string;
  environmentId: Id<"environment">;
};

// As often as something new can be in the answer: a narrow window by the scrape, a wide one by its
// bucket.
export const pollMs = {
  "15m": 5_000,
  "1h": 10_000,
  "6h": 30_000,
  "24h": 60_000,
  "7d": 300_000,
  "30d": 300_000,
} as const satisfies Record<TelemetryWindow, number>;

/** While the stream tells of each scrape, asking only shows what has not come. */
export const pollBesideStreamMs = 30_000;

/** In the widest windows a bucket is as long as many scrapes: there is nothing to hurry for. */
export const unhurried: readonly TelemetryWindow[] = ["7d", "30d"];

type Held = GpuTelemetry & { receivedMs: number };

export const telemetryKeys = {
  gpus: (id: Id<"environment">, time: ChartTime, nodeId: string | null) =>
    ["telemetry", id, "gpus", time.window, time.stretch, nodeId] as const,
};

/** Of which time: the window that ends now, or a stretch in place of it. */
export type ChartTime = { window: TelemetryWindow; stretch: Stretch | null };

/** How an address asks for the telemetry of a node. */
export function telemetrySearch(
  { tenant, project }: TelemetrySubject,
  { window, stretch }: ChartTime,
  nodeId: string | null,
): URLSearchParams {
  const query = new URLSearchParams({ tenant, project, window });
  if (nodeId) query.set("node", nodeId);
  if (stretch) for (const edge of ["from", "to"] as const) query.set(edge, String(stretch[edge]));
  return query;
}

/** After its end, that long something new may come into a stretch: samples that were stored late. */
const settledMs = 60_000;

/** How often a time is asked for where no stream tells of it; false once nothing new can come. */
export function pollOf({ window, stretch }: ChartTime): number | false {
  if (!stretch) return pollMs[window];
  return Date.now() < stretch.to + settledMs ? pollMs["1h"] : false;
}

/**
 * How the telemetry of one node of an environment is fetched, kept fresh and prepared to draw. The
 * answer holds all GPUs of the node: choosing one (`gpu`) asks for nothing.
 */
export function gpuTelemetryOptions(
  subject: TelemetrySubject,
  time: ChartTime,
  nodeId: string | null,
  gpu: number | null,
  { shown = true, streamed = false } = {},
) {
  const { environmentId } = subject;
  return queryOptions({
    queryKey: telemetryKeys.gpus(environmentId, time, nodeId),
    enabled: shown,
    queryFn: async ({ signal }) => {
      const query = telemetrySearch(subject, time, nodeId);
      const response = await fetch(`/api/telemetry/${environmentId}?${query}`, { signal });
      if (!response.ok) throw new Error(`telemetry answered ${response.status}`);
      const telemetry = gpuTelemetry.parse(await response.json());
      // With the answer and not with the query, whose own time is lost while another one loads.
      return { ...telemetry, receivedMs: Date.now() };
    },
    select: ({ receivedMs, ...telemetry }) => ({
      ...prepareGpuSeries(telemetry, gpu, time.stretch),
      /** The parts that GPUs are split into (MIG). */
      parts: prepareInstances(telemetry, gpu),
      /** When the answer came, by the browser's clock. */
      receivedMs,
    }),
    refetchInterval: () => (streamed ? false : pollOf(time)),
    placeholderData: keepPreviousData,
  });
}

/**
 * The prepared telemetry of one node of an environment, live: each scrape comes over the page's stream
 * as soon as it is stored, and is drawn without asking. Where there is no stream, or the samples are in
 * a store elsewhere, it is asked for as often as there can be something new. While not `shown`, nothing
 * is asked and nothing followed.
 */
export function useGpuTelemetry(
  subject: TelemetrySubject,
  time: ChartTime,
  nodeId: string | null,
  gpu: number | null,
  shown: boolean,
) {
  const client = useQueryClient();
  const [streamed, setStreamed] = useState(false);
  const query = useQuery(gpuTelemetryOptions(subject, time, nodeId, gpu, { shown, streamed }));
  const { tenant, project, environmentId } = subject;
  const { window, stretch } = time;
  const queryKey = telemetryKeys.gpus(environmentId, time, nodeId);

  const besideMs = Math.max(pollMs[window], pollBesideStreamMs);
  usePollBesideStream(queryKey, streamed ? besideMs : null);

  const answer = shown && !query.isPlaceholderData ? query.data : undefined;
  const follows = !stretch && answer?.node && answer.store === null && !unhurried.includes(window);
  const topic = follows ? `charts:${environmentId}:${answer.node?.id}:${window}` : null;
  const live = useFeed(
    topic,
    { tenant, project },
    (data) => {
      const tail = gpuTelemetryTail.safeParse(data);
      const held = client.getQueryData<Held>(queryKey);
      const merged = held && tail.success ? mergeTelemetry(held, tail.data) : null;
      if (merged) client.setQueryData<Held>(queryKey, { ...merged, receivedMs: Date.now() });
      else client.invalidateQueries({ queryKey });
    },
    answer?.node?.lastMs ?? null,
  );
  if (live !== streamed) setStreamed(live);
  return query;
}
