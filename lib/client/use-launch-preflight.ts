"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDebounced } from "#lib/client/use-debounced";
import type { Place } from "#lib/client/use-environment";
import type { LaunchPreflightInput } from "#lib/schemas/environment";
import { launchPreflight } from "#lib/schemas/environment-view";

const typingPauseMs = 250;
const refreshMs = 10_000;

/**
 * What a launch would meet now, asked again when the form changes and every ten seconds. `checking`: the
 * last answer is of another form than the one that stands there. `isGone`: the template is not one that
 * can be launched any more.
 */
export function useLaunchPreflight(place: Place, form: LaunchPreflightInput | null) {
  const entered = form && JSON.stringify(form);
  const settled = useDebounced(entered, typingPauseMs);
  const { data, isError, isPlaceholderData } = useQuery({
    queryKey: ["preflight", place.tenant, place.project, settled],
    enabled: settled !== null,
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ ...place, form: settled ?? "" });
      const response = await fetch(`/api/preflight?${query}`, { signal });
      // Withdrawn while the form was open.
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`preflight answered ${response.status}`);
      return launchPreflight.parse(await response.json());
    },
    refetchInterval: refreshMs,
    placeholderData: keepPreviousData,
  });
  return {
    preflight: data ?? undefined,
    isGone: data === null && !isPlaceholderData,
    isError,
    checking: entered !== settled || isPlaceholderData,
  };
}

/** Gives a function that asks again at once: something was done that changes the answer. */
export function useCheckAgain(place: Place): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["preflight", place.tenant, place.project] });
}
