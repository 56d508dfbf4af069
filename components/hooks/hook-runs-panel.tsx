import { HookRunTable } from "#components/hooks/hook-run-table";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { HookRunView } from "#lib/schemas/environment-view";
import type { RetryHookInput } from "#lib/schemas/hook";

/** What was entered at the launch, and the runs of the template's hooks; nothing where it has none. */
export function HookRunsPanel({
  runs,
  inputs,
  retry,
}: {
  runs: readonly HookRunView[];
  inputs: readonly { label: string; value: string }[];
  retry?: (input: RetryHookInput) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <>
      {runs.length > 0 && (
        <Panel title="Hooks" padded={false} id="hooks">
          <HookRunTable runs={runs} retry={retry} empty={null} />
        </Panel>
      )}
      {inputs.length > 0 && (
        <Panel title="Inputs" id="inputs">
          <KeyValueList columns={2} items={inputs} />
        </Panel>
      )}
    </>
  );
}
