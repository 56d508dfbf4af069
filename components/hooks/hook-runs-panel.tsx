import { HookRunTable } from "#components/hooks/hook-run-table";
import { Panel } from "#components/ui/panel";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

/** The runs of the template's hooks; nothing where there are none. */
export function HookRunsPanel({
  runs,
  retry,
}: {
  runs: readonly HookRunView[];
  retry?: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
}) {
  if (runs.length === 0) return null;
  return (
    <Panel title="Hooks" padded={false} id="hooks">
      <HookRunTable runs={runs} retry={retry} empty={null} />
    </Panel>
  );
}
