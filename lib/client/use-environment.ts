"use client";

import {
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useState } from "react";
import { createPace, restMsOf } from "#lib/client/paced-reads";
import { useLive } from "#lib/client/use-live";
import { useNow } from "#lib/client/use-now";
import { isInMotion } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import { hasEnded } from "#lib/domain/operation/operation";
import {
  type EnvironmentDetail,
  type EnvironmentLog,
  environmentDetail,
  environmentLog,
  type HookRunsPage,
  hookRunsPage,
} from "#lib/schemas/environment-view";

/** The project a page is in, by the slugs of its address. */
export type Place = { tenant: string; project: string };

const inMotionMs = 2_000;
const atRestMs = 15_000;

export const environmentKeys = {
  detail: (id: Id<"environment">) => ["environment", id] as const,
  log: (id: Id<"environment">) => ["environment", id, "log"] as const,
  runs: (id: Id<"environment">, after: Id<"hookRun"> | null) =>
    ["environment", id, "hook-runs", after] as const,
};

function detailOptions(place: Place, id: Id<"environment">) {
  return queryOptions({
    queryKey: environmentKeys.detail(id),
    queryFn: async ({ signal }) =>
      environmentDetail.parse(await getJson(`/api/environments/${id}`, place, signal)),
    refetchInterval: (query) =>
      query.state.data && isMoving(query.state.data) ? inMotionMs : atRestMs,
  });
}

/** Whether its state changes, or an action is under way. */
function isMoving({ state, operations }: EnvironmentDetail): boolean {
  return isInMotion(state) || operations.some((each) => !hasEnded(each.state));
}

/**
 * An environment as it is now: read again on every hint of a change, every two seconds while it is
 * in motion and every fifteen otherwise. `nowMs` is the server's clock, so that an age or a
 * countdown does not hold the difference between two clocks; null before the browser has one.
 */
export function useEnvironment(place: Place, initial: EnvironmentDetail) {
  const query = useQuery({ ...detailOptions(place, initial.id), initialData: initial });
  const client = useQueryClient();
  // The log's key begins with the detail's, so it is read again as well.
  const refetch = () => {
    client.invalidateQueries({ queryKey: environmentKeys.detail(initial.id) });
  };
  const readWritten = useWritten(client, place, initial.id, refetch);
  const written = `hooks:${initial.id}`;
  const { live } = useLive([`environment:${initial.id}`, written], place, (hinted) => {
    if (hinted?.every((topic) => topic === written)) readWritten();
    else refetch();
  });
  const here = useNow(1_000);
  const aheadMs = Date.parse(query.data.readAt) - query.dataUpdatedAt;
  return {
    environment: query.data,
    live,
    failing: query.isError,
    nowMs: here && here + aheadMs,
    refetch,
  };
}

/**
 * Gives the function that reads what an environment's hooks have written, and nothing else of it: of the runs that
 * have not ended, since one that begins or ends is told as a change of the environment. What scripts write comes often:
 * it is read once a second at most. What cannot be read is asked for with all the rest (`orElse`).
 */
function useWritten(
  client: QueryClient,
  place: Place,
  id: Id<"environment">,
  orElse: () => void,
): () => void {
  const [pace] = useState(createPace);
  const queryKey = environmentKeys.detail(id);

  async function read(): Promise<number> {
    const updatedAt = client.getQueryState(queryKey)?.dataUpdatedAt;
    const query = new URLSearchParams({ ...place, unfinished: "" });
    const answer = await fetch(`/api/environments/${id}/hook-runs?${query}`);
    // Whoever has read too much is refused all the rest as well.
    if (answer.status === 429) return restMsOf(answer);
    if (!answer.ok) throw new Error(`the runs of hooks answered ${answer.status}`);
    const { runs } = hookRunsPage.parse(await answer.json());
    // What was read of all of it meanwhile is newer.
    if (client.getQueryState(queryKey)?.dataUpdatedAt !== updatedAt) return 0;
    const newer = new Map(runs.map((run) => [run.id, run]));
    client.setQueryData<EnvironmentDetail>(
      queryKey,
      (held) => held && { ...held, hookRuns: held.hookRuns.map((run) => newer.get(run.id) ?? run) },
      // The rest of it is as old as before.
      { updatedAt },
    );
    return 0;
  }

  return () =>
    pace(() =>
      read().catch(() => {
        orElse();
        return 0;
      }),
    );
}

/** The log of an environment, growing: each look asks only for what came after the last line. */
export function useEnvironmentLog(place: Place, id: Id<"environment">, inMotion: boolean) {
  const client = useQueryClient();
  const queryKey = environmentKeys.log(id);
  return useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<EnvironmentLog> => {
      const earlier = client.getQueryData<EnvironmentLog>(queryKey);
      const more: Record<string, string> = earlier ? { after: String(earlier.last) } : {};
      const answer = await getJson(`/api/environments/${id}/logs`, place, signal, more);
      const page = environmentLog.parse(answer);
      return earlier ? { ...page, lines: [...earlier.lines, ...page.lines] } : page;
    },
    refetchInterval: (query) => {
      if (query.state.data?.more) return 100;
      return inMotion ? inMotionMs : atRestMs;
    },
  });
}

/**
 * The runs of an environment's hooks that come after one of them, newest first; nothing is asked without
 * one. While they are read the ones before stay.
 */
export function useOlderRuns(
  place: Place,
  id: Id<"environment">,
  after: Id<"hookRun"> | null,
): { page: HookRunsPage | undefined; isTurning: boolean; failing: boolean } {
  const query = useQuery({
    queryKey: environmentKeys.runs(id, after),
    queryFn: async ({ signal }) => {
      const more: Record<string, string> = after ? { after } : {};
      return hookRunsPage.parse(
        await getJson(`/api/environments/${id}/hook-runs`, place, signal, more),
      );
    },
    enabled: after !== null,
    refetchInterval: atRestMs,
    placeholderData: keepPreviousData,
  });
  return {
    page: query.data,
    isTurning: after !== null && (query.isPending || query.isPlaceholderData),
    failing: query.isError,
  };
}

async function getJson(
  path: string,
  place: Place,
  signal: AbortSignal,
  more: Record<string, string> = {},
): Promise<unknown> {
  const query = new URLSearchParams({ ...place, ...more });
  const response = await fetch(`${path}?${query}`, { signal });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
