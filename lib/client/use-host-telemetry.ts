"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { mergeHostTelemetry } from "#lib/client/merge-telemetry";
import { prepareHostSeries } from "#lib/client/prepare-host-series";
import {
  type ChartTime,
  pollBesideStreamMs,
  pollMs,
  pollOf,
  type TelemetrySubject,
  telemetrySearch,
  unhurried,
} from "#lib/client/use-gpu-telemetry";
import { useFeed } from "#lib/client/use-live";
import { usePollBesideStream } from "#lib/client/use-poll-beside-stream";
import { type HostTelemetry, hostTelemetry, hostTelemetryTail } from "#lib/schemas/host-telemetry";

type Held = HostTelemetry & { receivedMs: number };

/**
 * The prepared telemetry of the host of one node of an environment, live over the page's stream as that
 * of GPUs is. While not `shown`, nothing is asked and nothing followed.
 */
export function useHostTelemetry(
  subject: TelemetrySubject,
  time: ChartTime,
  nodeId: string | null,
  shown: boolean,
) {
  const client = useQueryClient();
  const [streamed, setStreamed] = useState(false);
  const { tenant, project, environmentId } = subject;
  const { window, stretch } = time;
  const queryKey = ["telemetry", environmentId, "hosts", window, stretch, nodeId];
  const query = useQuery({
    queryKey,
    enabled: shown,
    queryFn: async ({ signal }): Promise<Held> => {
      const asked = telemetrySearch(subject, time, nodeId);
      const response = await fetch(`/api/telemetry/${environmentId}/hosts?${asked}`, { signal });
      if (!response.ok) throw new Error(`host telemetry answered ${response.status}`);
      const telemetry = hostTelemetry.parse(await response.json());
      // With the answer and not with the query, whose own time is lost while another one loads.
      return { ...telemetry, receivedMs: Date.now() };
    },
    select: ({ receivedMs, ...telemetry }) => ({
      ...prepareHostSeries(telemetry, stretch),
      /** When the answer came, by the browser's clock. */
      receivedMs,
    }),
    refetchInterval: () => (streamed ? false : pollOf(time)),
    placeholderData: keepPreviousData,
  });

  const besideMs = Math.max(pollMs[window], pollBesideStreamMs);
  usePollBesideStream(queryKey, streamed ? besideMs : null);

  const answer = shown && !query.isPlaceholderData ? query.data : undefined;
  const follows = !stretch && answer?.node && answer.store === null && !unhurried.includes(window);
  const live = useFeed(
    follows ? `hosts:${environmentId}:${answer.node?.id}:${window}` : null,
    { tenant, project },
    (data) => {
      const tail = hostTelemetryTail.safeParse(data);
      const held = client.getQueryData<Held>(queryKey);
      const merged = held && tail.success ? mergeHostTelemetry(held, tail.data) : null;
      if (merged) client.setQueryData<Held>(queryKey, { ...merged, receivedMs: Date.now() });
      else client.invalidateQueries({ queryKey });
    },
    answer?.node?.lastMs ?? null,
  );
  if (live !== streamed) setStreamed(live);
  return query;
}
