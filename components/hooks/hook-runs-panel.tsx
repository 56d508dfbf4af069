"use client";

import { useState } from "react";
import { HookRunTable } from "#components/hooks/hook-run-table";
import { FormMessage } from "#components/ui/form-message";
import { PagedFoot } from "#components/ui/paged";
import { Panel } from "#components/ui/panel";
import { type Place, useOlderRuns } from "#lib/client/use-environment";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { type EnvironmentDetail, hookRunsShown } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

type Retry = (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;

/** The runs of the template's hooks; nothing where there are none. */
export function HookRunsPanel({
  place,
  environment,
  retry,
}: {
  place: Place;
  environment: EnvironmentDetail;
  retry?: Retry | undefined;
}) {
  const { hookRunsTotal } = environment;
  if (hookRunsTotal === 0) return null;
  return (
    <Panel title="Hooks" meta={String(hookRunsTotal)} padded={false} id="hooks">
      <PagedRuns place={place} environment={environment} retry={retry} />
    </Panel>
  );
}

/** The newest runs come with the environment; those before them when they are turned to. */
function PagedRuns({
  place,
  environment: { id, hookRuns, hookRunsNext, hookRunsTotal: total },
  retry,
}: Parameters<typeof HookRunsPanel>[0]) {
  // What each page but the first comes after: all that a way back takes.
  const [turned, setTurned] = useState<readonly Id<"hookRun">[]>([]);
  const [before, setBefore] = useState(0);
  const older = useOlderRuns(place, id, turned.at(-1) ?? null);
  const newest = { runs: hookRuns, next: hookRunsNext };
  const { runs, next } = turned.length === 0 ? newest : (older.page ?? newest);
  // While a page is read, the one before stays, and is what is counted.
  const at = older.isTurning ? before : turned.length;
  const last = Math.max(turned.length, Math.ceil(total / hookRunsShown) - 1);
  const paged = {
    ...{ at, size: hookRunsShown, total },
    last: next !== null || older.isTurning ? Math.max(at + 1, last) : at,
    turnTo(page: number) {
      if (older.isTurning) return;
      setBefore(at);
      setTurned(page > at && next ? [...turned, next] : turned.slice(0, page));
    },
  };
  return (
    <>
      <FormMessage
        message={
          older.failing ? "These runs could not be read just now. It is tried again." : undefined
        }
      />
      <HookRunTable runs={runs} place={place} retry={retry} empty={null} />
      <PagedFoot noun="Runs" paged={paged} />
    </>
  );
}
