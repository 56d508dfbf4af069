"use client";

import { useQuery } from "@tanstack/react-query";
import { type BellView, bellView } from "#lib/schemas/notification-view";

const pollMs = 10_000;

/** The own bell, asked for every ten seconds while the page is looked at; `initial` came with it. */
export function useBell(initial: BellView) {
  return useQuery({
    queryKey: ["bell"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/api/bell", { signal });
      if (!response.ok) throw new Error(`the bell answered ${response.status}`);
      return bellView.parse(await response.json());
    },
    initialData: initial,
    refetchInterval: pollMs,
  });
}
