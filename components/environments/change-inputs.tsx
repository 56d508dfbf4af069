"use client";

import { useState } from "react";
import { actingLabel } from "#components/environments/environment-actions";
import { FormDialog } from "#components/forms/form-dialog";
import { InputFields } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { inputsStandStill } from "#lib/domain/environment/change-inputs";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InputValue, TemplateInput } from "#lib/domain/template/inputs";
import type { ChangeInputsInput } from "#lib/schemas/environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

export type ChangeInputsProps = {
  environment: EnvironmentDetail;
  change: (input: ChangeInputsInput) => Promise<Result<{ changed: string[] }, Refusal>>;
  done: () => void;
};

/** When a changed value comes to where it is used. */
export const whenChanged =
  "Hooks and actions get a changed value from the next operation on; nodes, and with them secrets, when they are next reinstalled.";

/** The inputs that its template lets be changed after the launch, with what they are now. */
export function ChangeInputs({ environment, change, done }: ChangeInputsProps) {
  const { inputs, values, secrets } = environment.changeable;
  // Only what is entered here is sent, so that what another changes meanwhile is not set back unseen.
  const [entered, setEntered] = useState<Record<string, InputValue>>({});
  const asked = inputs.map((input) => (secrets.includes(input.name) ? keptSecret(input) : input));
  const labels = (names: readonly string[]) =>
    inputs.flatMap(({ name, label }) => (names.includes(name) ? [label] : [])).join(", ");
  return (
    <FormDialog
      trigger={
        <Button size="sm" disabledReason={inputsAgainst(environment)} reasonPlacement="beside">
          Change inputs
        </Button>
      }
      title="Change the inputs of this environment"
      description={whenChanged}
      submitLabel="Change inputs"
      pendingLabel="Changing…"
      onOpen={() => setEntered({})}
      send={async () => {
        const result = await change({ environmentId: environment.id, inputs: entered });
        if (result.ok) setEntered({});
        done();
        return result;
      }}
      result={({ changed }) => (
        <p className="text-sm">
          {changed.length === 0
            ? "Nothing was changed: it has these values already."
            : `Changed: ${labels(changed)}.`}
        </p>
      )}
    >
      {(errorOf) => (
        <InputFields
          inputs={asked}
          values={{ ...values, ...entered }}
          errorOf={(name) => errorOf(`inputs.${name}`)}
          onChange={(name, value) => setEntered({ ...entered, [name]: value })}
        />
      )}
    </FormDialog>
  );
}

function keptSecret(input: TemplateInput): TemplateInput {
  const kept = "Left empty, it stays the one that it is.";
  return { ...input, help: [input.help, kept].filter(Boolean).join(" ") };
}

/** Why none of those can be changed now; null when they can. */
export function inputsAgainst(environment: EnvironmentDetail): string | null {
  if (!environment.may.operate) {
    return "Your role in this project may look, but not act. Ask a project admin.";
  }
  const still = inputsStandStill(environment.state, actingLabel(environment));
  if (still) return `${still.reason} ${still.advice}`;
  return null;
}
