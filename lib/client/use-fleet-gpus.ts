"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FleetGpus, fleetGpus, type MapMetric } from "#lib/schemas/fleet-gpus";

const pollMs = 5_000;

/** The map of the fleet's GPUs, asked for every five seconds; `initial` came with the page. */
export function useFleetGpus(metric: MapMetric, initial: FleetGpus) {
  return useQuery({
    queryKey: ["fleet-gpus", metric],
    queryFn: async ({ signal }) => {
      const response = await fetch(`/api/fleet-gpus?metric=${metric}`, { signal });
      if (!response.ok) throw new Error(`the map answered ${response.status}`);
      return fleetGpus.parse(await response.json());
    },
    ...(initial.metric === metric
      ? { initialData: initial, initialDataUpdatedAt: initial.nowMs }
      : {}),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs,
  });
}
