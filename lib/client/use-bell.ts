"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { onUse } from "#lib/client/on-use";
import { presencePath } from "#lib/domain/access/presence";
import { type BellView, bellView } from "#lib/schemas/notification-view";

const pollMs = 10_000;

/**
 * The own bell, asked for every ten seconds while the page is looked at; `initial` came with it. It tells as well
 * that somebody uses the page: a session ends when nobody does, however often its pages ask.
 */
export function useBell(initial: BellView) {
  const isUsed = useRef(false);
  const query = useQuery({
    queryKey: ["bell"],
    queryFn: async ({ signal }) => {
      const tells = isUsed.current;
      isUsed.current = false;
      try {
        const response = await fetch(tells ? presencePath : "/api/bell", { signal });
        if (!response.ok) throw new Error(`the bell answered ${response.status}`);
        return bellView.parse(await response.json());
      } catch (error) {
        // It may not have come: the next one tells it.
        isUsed.current ||= tells;
        throw error;
      }
    },
    initialData: initial,
    refetchInterval: pollMs,
  });
  const { refetch } = query;
  useEffect(
    () =>
      onUse(() => {
        isUsed.current = true;
        void refetch();
      }),
    [refetch],
  );
  return query;
}
