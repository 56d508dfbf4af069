"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFeed } from "#lib/client/use-live";
import { usePollBesideStream } from "#lib/client/use-poll-beside-stream";
import { type GpusDay, type GpusNow, gpusDay, gpusNow } from "#lib/schemas/gpu-summary";

/** A tenant, or one project of it, by the slugs of its address. */
export type HolderPlace = { tenant: string; project?: string };

const pollMs = 10_000;
/** While the stream tells, asking only shows that nodes have fallen silent. */
const pollBesideStreamMs = 60_000;
/** A bucket of the day is wider than this. */
const dayPollMs = 300_000;

/** The GPUs that are held at a place, live; `initial` came with the page. */
export function useGpusNow(place: HolderPlace, initial: GpusNow) {
  const client = useQueryClient();
  const [streamed, setStreamed] = useState(false);
  const queryKey = ["gpus", place];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<GpusNow> =>
      gpusNow.parse(await getJson("/api/gpus", place, signal)),
    initialData: initial,
    initialDataUpdatedAt: initial.nowMs,
    refetchInterval: streamed ? false : pollMs,
  });
  usePollBesideStream(queryKey, streamed ? pollBesideStreamMs : null);
  const live = useFeed("gpus", place, (data) => {
    const told = gpusNow.safeParse(data);
    if (told.success) client.setQueryData<GpusNow>(queryKey, told.data);
  });
  if (live !== streamed) setStreamed(live);
  return query;
}

/** How much they were used over the last day. */
export function useGpusDay(place: HolderPlace) {
  return useQuery({
    queryKey: ["gpus-day", place],
    queryFn: async ({ signal }): Promise<GpusDay> =>
      gpusDay.parse(await getJson("/api/gpus/day", place, signal)),
    refetchInterval: dayPollMs,
  });
}

async function getJson(path: string, place: HolderPlace, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(`${path}?${new URLSearchParams(place)}`, { signal });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
