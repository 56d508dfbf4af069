"use client";

import { mergeFleetGpus } from "#lib/client/merge-fleet-gpus";
import { useGpuMap } from "#lib/client/use-gpu-map";
import { type FleetGpus, fleetGpus, fleetGpusTail } from "#lib/schemas/fleet-gpus";
import type { MapMetric } from "#lib/schemas/gpu-map";

/** The map of the fleet's GPUs, live; `initial` came with the page. */
export function useFleetGpus(metric: MapMetric, initial: FleetGpus) {
  return useGpuMap({
    url: `/api/fleet-gpus?metric=${metric}`,
    ...{ topic: `map:${metric}`, place: "fleet" as const },
    ...{ map: fleetGpus, tail: fleetGpusTail, merge: mergeFleetGpus },
    ...(initial.metric === metric && { initial }),
  });
}
