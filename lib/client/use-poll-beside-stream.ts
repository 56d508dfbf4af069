"use client";

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

/**
 * Asks for a query again every so many milliseconds while a stream sets its data; null while there is no
 * stream. The interval of the query itself begins anew whenever its data is set, and would never end.
 */
export function usePollBesideStream(queryKey: QueryKey, everyMs: number | null): void {
  const client = useQueryClient();
  const ask = useEffectEvent(() => {
    if (document.visibilityState === "visible") {
      void client.invalidateQueries({ queryKey, exact: true });
    }
  });

  useEffect(() => {
    if (everyMs === null) return;
    const poll = setInterval(() => ask(), everyMs);
    return () => clearInterval(poll);
  }, [everyMs]);
}
