"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { prepareHostSeries } from "#lib/client/prepare-host-series";
import { pollMs, type TelemetrySubject } from "#lib/client/use-gpu-telemetry";
import type { TelemetryWindow } from "#lib/domain/telemetry/window";
import { hostTelemetry } from "#lib/schemas/host-telemetry";

/**
 * The prepared telemetry of the host of one node of an environment. It is asked for as often as there
 * can be something new: the page's stream does not carry hosts. While not `shown`, nothing is asked.
 */
export function useHostTelemetry(
  { tenant, project, environmentId }: TelemetrySubject,
  window: TelemetryWindow,
  nodeId: string | null,
  shown: boolean,
) {
  return useQuery({
    queryKey: ["telemetry", environmentId, "hosts", window, nodeId],
    enabled: shown,
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ tenant, project, window });
      if (nodeId) query.set("node", nodeId);
      const response = await fetch(`/api/telemetry/${environmentId}/hosts?${query}`, { signal });
      if (!response.ok) throw new Error(`host telemetry answered ${response.status}`);
      const telemetry = hostTelemetry.parse(await response.json());
      // With the answer and not with the query, whose own time is lost while another one loads.
      return { ...telemetry, receivedMs: Date.now() };
    },
    select: ({ receivedMs, ...telemetry }) => ({
      ...prepareHostSeries(telemetry),
      /** When the answer came, by the browser's clock. */
      receivedMs,
    }),
    refetchInterval: pollMs[window],
    placeholderData: keepPreviousData,
  });
}
