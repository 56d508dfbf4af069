"use client";

import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { prepareGpuSeries } from "#lib/client/prepare-gpu-series";
import type { Id } from "#lib/domain/id";
import type { TelemetryWindow } from "#lib/domain/telemetry/window";
import { gpuTelemetry } from "#lib/schemas/telemetry";

/** Whose telemetry: an environment, and the tenant and project (slugs) to see it through. */
export type TelemetrySubject = {
  tenant: string;
  project: string;
  environmentId: Id<"environment">;
};

// As often as something new can be in the answer: a narrow window by the scrape, a wide one by its
// bucket.
const pollMs = {
  "15m": 5_000,
  "1h": 10_000,
  "6h": 30_000,
  "24h": 60_000,
  "7d": 300_000,
  "30d": 300_000,
} as const satisfies Record<TelemetryWindow, number>;

export const telemetryKeys = {
  environment: (id: Id<"environment">) => ["telemetry", id] as const,
  gpus: (id: Id<"environment">, window: TelemetryWindow, nodeId: string | null) =>
    ["telemetry", id, "gpus", window, nodeId] as const,
};

/**
 * How the telemetry of one node of an environment is fetched, kept fresh and prepared to draw. The
 * answer holds all GPUs of the node: choosing one (`gpu`) asks for nothing.
 */
export function gpuTelemetryOptions(
  { tenant, project, environmentId }: TelemetrySubject,
  window: TelemetryWindow,
  nodeId: string | null,
  gpu: number | null,
) {
  return queryOptions({
    queryKey: telemetryKeys.gpus(environmentId, window, nodeId),
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ tenant, project, window });
      if (nodeId) query.set("node", nodeId);
      const response = await fetch(`/api/telemetry/${environmentId}?${query}`, { signal });
      if (!response.ok) throw new Error(`telemetry answered ${response.status}`);
      const telemetry = gpuTelemetry.parse(await response.json());
      // With the answer and not with the query, whose own time is lost while another one loads.
      return { ...telemetry, receivedMs: Date.now() };
    },
    select: ({ receivedMs, ...telemetry }) => ({
      ...prepareGpuSeries(telemetry, gpu),
      /** When the answer came, by the browser's clock. */
      receivedMs,
    }),
    refetchInterval: pollMs[window],
    placeholderData: keepPreviousData,
  });
}

/** The prepared telemetry of one node of an environment, live. */
export function useGpuTelemetry(
  subject: TelemetrySubject,
  window: TelemetryWindow,
  nodeId: string | null,
  gpu: number | null,
) {
  return useQuery(gpuTelemetryOptions(subject, window, nodeId, gpu));
}
