"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { useDebounced } from "#lib/client/use-debounced";
import type { Place } from "#lib/client/use-environment";
import type { launchUserDataInput } from "#lib/schemas/environment";
import { launchUserData } from "#lib/schemas/environment-view";

const typingPauseMs = 250;

/** Why there is nothing to show: the sentence that the server answers with. */
const refused = z.object({ title: z.string() });

/**
 * What cloud-init would be told of the form as it stands, or the sentence why a launch with it would not be
 * taken; asked again when the form changes. Undefined before the first answer.
 */
export function useLaunchUserData(place: Place, form: z.input<typeof launchUserDataInput>) {
  const body = useDebounced(JSON.stringify(form), typingPauseMs);
  const { data, isError } = useQuery({
    queryKey: ["user-data", place.tenant, place.project, body],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams(place);
      const response = await fetch(`/api/user-data?${query}`, { method: "POST", body, signal });
      const answer = await response.json();
      if (response.ok) return { ...launchUserData.parse(answer), against: null };
      if (response.status !== 400) throw new Error(`user-data answered ${response.status}`);
      return { groups: [], against: refused.parse(answer).title };
    },
    placeholderData: keepPreviousData,
  });
  return { told: data, isError };
}
