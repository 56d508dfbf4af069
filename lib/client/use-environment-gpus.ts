"use client";

import { mergeEnvironmentGpus } from "#lib/client/environment-map";
import { useGpuMap } from "#lib/client/use-gpu-map";
import type { TelemetrySubject } from "#lib/client/use-gpu-telemetry";
import { environmentGpus, environmentGpusTail } from "#lib/schemas/environment-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";

/** The map of the GPUs that an environment holds, live. */
export function useEnvironmentGpus(
  { tenant, project, environmentId }: TelemetrySubject,
  metric: MapMetric,
) {
  return useGpuMap({
    url: `/api/telemetry/${environmentId}/gpus?${new URLSearchParams({ tenant, project, metric })}`,
    ...{ topic: `map:${environmentId}:${metric}`, place: { tenant, project } },
    ...{ map: environmentGpus, tail: environmentGpusTail, merge: mergeEnvironmentGpus },
  });
}
