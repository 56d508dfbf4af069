"use client";

import type { ApprovalRow } from "#components/hooks/approval-list";
import { HookRunTable } from "#components/hooks/hook-run-table";
import { StopAskingDialog } from "#components/hooks/stop-asking-dialog";
import { EmptyState } from "#components/ui/empty-state";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { RetryHookInput, StopAskingInput } from "#lib/schemas/hook";

type Run = HookRunView &
  Pick<ApprovalRow, "tenant" | "project" | "environment"> & { mayStop: boolean };

/** Runs of hooks of all tenants, each with whose it is. */
export function FleetHookRuns({
  runs,
  acts,
}: {
  runs: Run[];
  /** Absent for those who may only look. */
  acts?: {
    retry: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
    stop: (input: StopAskingInput) => Promise<Result<unknown, Refusal>>;
  };
}) {
  return (
    <HookRunTable
      runs={runs}
      retry={acts?.retry}
      actOf={(run) => acts && run.mayStop && <StopAskingDialog run={run} stop={acts.stop} />}
      pageOf={(run) => `/fleet/hooks/${run.id}`}
      whose={{
        id: "environment",
        header: "Environment",
        cell: (run) => (
          <>
            <span className="font-mono">{run.environment.name}</span>
            <span className="block text-faint text-xs">
              {run.tenant.name}, {run.project.name}
            </span>
          </>
        ),
      }}
      empty={
        <EmptyState title="No run of a hook here">
          Hooks are defined in the versions of a template and run with its environments.
        </EmptyState>
      }
    />
  );
}
