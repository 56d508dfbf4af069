"use client";

import type { ApprovalRow } from "#components/hooks/approval-list";
import { HookRunTable } from "#components/hooks/hook-run-table";
import { EmptyState } from "#components/ui/empty-state";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

type Run = HookRunView & Pick<ApprovalRow, "tenant" | "project" | "environment">;

/** Runs of hooks of all tenants, each with whose it is. */
export function FleetHookRuns({
  runs,
  retry,
}: {
  runs: Run[];
  retry?: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <HookRunTable
      runs={runs}
      retry={retry}
      pageOf={(run) => `/fleet/hooks/${run.id}`}
      place={{
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
