"use client";

import {
  ChangeInputs,
  type ChangeInputsProps,
  whenChanged,
} from "#components/environments/change-inputs";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";

/** What was entered for the template's inputs, and the way to change it; nothing where it asks nothing. */
export function EnvironmentInputs(props: ChangeInputsProps) {
  const { state, inputs, changeable } = props.environment;
  const isGoing = state === "releasing" || state === "released";
  const asksNothing = inputs.length === 0 && changeable.inputs.length === 0;
  if (asksNothing) return null;
  return (
    <Panel
      title="Inputs"
      id="inputs"
      description={changeable.inputs.length > 0 && !isGoing ? whenChanged : undefined}
      actions={changeable.inputs.length > 0 && !isGoing ? <ChangeInputs {...props} /> : undefined}
    >
      {inputs.length > 0 ? (
        <KeyValueList columns={2} items={inputs} />
      ) : (
        <p className="text-muted text-sm">Nothing was entered.</p>
      )}
    </Panel>
  );
}
