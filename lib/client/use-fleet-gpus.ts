"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { mergeFleetGpus } from "#lib/client/merge-fleet-gpus";
import { useFeed } from "#lib/client/use-live";
import { usePollBesideStream } from "#lib/client/use-poll-beside-stream";
import { type FleetGpus, fleetGpus, fleetGpusTail, type MapMetric } from "#lib/schemas/fleet-gpus";

const pollMs = 5_000;
/** While the stream tells of values, asking shows who holds nodes that nobody hears of. */
const pollBesideStreamMs = 15_000;

/** The map of the fleet's GPUs, live; `initial` came with the page. */
export function useFleetGpus(metric: MapMetric, initial: FleetGpus) {
  const client = useQueryClient();
  const [streamed, setStreamed] = useState(false);
  const queryKey = ["fleet-gpus", metric];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const response = await fetch(`/api/fleet-gpus?metric=${metric}`, { signal });
      if (!response.ok) throw new Error(`the map answered ${response.status}`);
      return fleetGpus.parse(await response.json());
    },
    ...(initial.metric === metric
      ? { initialData: initial, initialDataUpdatedAt: initial.nowMs }
      : {}),
    placeholderData: keepPreviousData,
    refetchInterval: streamed ? false : pollMs,
  });
  usePollBesideStream(queryKey, streamed ? pollBesideStreamMs : null);
  const tell = (data: unknown) => {
    const told = fleetGpusTail.safeParse(data);
    const map = client.getQueryData<FleetGpus>(queryKey);
    if (!told.success || !map) return;
    const merged = mergeFleetGpus(map, told.data);
    if (!merged) void client.invalidateQueries({ queryKey });
    else if (merged !== map) client.setQueryData<FleetGpus>(queryKey, merged);
  };
  const live = useFeed(`map:${metric}`, "fleet", tell, query.data?.nowMs ?? null);
  if (live !== streamed) setStreamed(live);
  return query;
}
