"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import type { LivePlace } from "#lib/client/live-stream";
import { useFeed } from "#lib/client/use-live";
import { usePollBesideStream } from "#lib/client/use-poll-beside-stream";
import type { MapTold } from "#lib/schemas/gpu-map";

const pollMs = 5_000;
/** While the stream tells of values, asking shows who holds nodes that nobody hears of. */
const pollBesideStreamMs = 15_000;

/**
 * A map of GPUs, live: what is told over the page's stream is merged into what was asked for. `initial` came
 * with the page; `merge` gives null where the map has to be asked for anew.
 */
export function useGpuMap<Map extends MapTold, Tail>(from: {
  url: string;
  topic: string;
  place: LivePlace;
  map: z.ZodType<Map>;
  tail: z.ZodType<Tail>;
  merge: (map: Map, tail: Tail) => Map | null;
  initial?: Map;
}) {
  const client = useQueryClient();
  const [streamed, setStreamed] = useState(false);
  const queryKey = ["gpu-map", from.url];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Map> => {
      const response = await fetch(from.url, { signal });
      if (!response.ok) throw new Error(`the map answered ${response.status}`);
      return from.map.parse(await response.json());
    },
    ...(from.initial && {
      initialData: () => from.initial,
      initialDataUpdatedAt: from.initial.nowMs,
    }),
    placeholderData: keepPreviousData,
    refetchInterval: streamed ? false : pollMs,
  });
  usePollBesideStream(queryKey, streamed ? pollBesideStreamMs : null);
  const tell = (data: unknown) => {
    const told = from.tail.safeParse(data);
    const map = client.getQueryData<Map>(queryKey);
    if (!told.success || !map) return;
    const merged = from.merge(map, told.data);
    if (!merged) void client.invalidateQueries({ queryKey });
    else if (merged !== map) client.setQueryData<Map>(queryKey, merged);
  };
  const live = useFeed(from.topic, from.place, tell, query.data?.nowMs ?? null);
  if (live !== streamed) setStreamed(live);
  return query;
}
