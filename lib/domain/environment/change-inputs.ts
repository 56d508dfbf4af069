import { type EnvironmentState, isInMotion } from "#lib/domain/environment/state";
import { stateLabels } from "#lib/domain/environment/words";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { whileActing } from "#lib/domain/template/actions";
import { type CheckedInputs, checkInputs } from "#lib/domain/template/input-values";
import {
  holds,
  type InputValue,
  type InputValues,
  type TemplateInput,
} from "#lib/domain/template/inputs";

// Inputs that a version marks as changeable can be changed while nothing is under way: each operation, and
// each run of a hook in it, has the values with which it began.

/** An environment as its inputs are changed. */
export type Entered = {
  /** Those of the version that it has. */
  definitions: readonly TemplateInput[];
  values: InputValues;
  /** Names of the secret inputs of which it has values, once for each that its nodes may have. */
  secrets: readonly string[];
};

/** Values that secrets had before, of all together: each is looked for in all that the nodes write. */
const mostFormerSecrets = 50;

/** Why no input can be changed now, and what to do about it; null when some can. */
export function inputsStandStill(
  state: EnvironmentState,
  /** The label of the action that is under way. */
  acting: string | null,
): { reason: string; advice: string } | null {
  if (state === "releasing" || state === "released") {
    return {
      reason: "It has been released: its nodes are given back already.",
      advice: "Launch a new one.",
    };
  }
  if (isInMotion(state)) {
    return {
      reason: `The environment is ${stateLabels[state].toLowerCase()}, with the inputs that it had when that began.`,
      advice: "Wait for its end.",
    };
  }
  return acting === null ? null : whileActing(acting);
}

/**
 * The inputs that can be changed, as they are asked: a condition on what stays as it is has been decided,
 * and a secret that it has need not be entered again.
 */
export function changeableInputs({ definitions, values, secrets }: Entered): TemplateInput[] {
  const changeable = definitions.filter((input) => input.changeable);
  const names = new Set(changeable.map(({ name }) => name));
  return changeable.flatMap((input) => {
    const { name, type, showIf, required } = input;
    const isOpen = showIf !== null && names.has(showIf.input);
    if (showIf && !isOpen && !holds(showIf, values)) return [];
    const isKept = type === "secret" && secrets.includes(name);
    return [{ ...input, showIf: isOpen ? showIf : null, required: required && !isKept }];
  });
}

/**
 * The values that it would have with what was entered, checked as a launch checks them; what was left out
 * stays, and so does a secret that was left empty. `changed` names the inputs that are not as before.
 * Refuses with a sentence for each input, under `inputs.NAME`.
 */
export function changedInputs(
  have: Entered,
  entered: Readonly<Record<string, InputValue>>,
): Result<CheckedInputs & { changed: string[] }, RefusalOf<"invalid_input">> {
  const { definitions } = have;
  const fixed = definitions.filter(
    ({ name, changeable }) => !changeable && Object.hasOwn(entered, name),
  );
  if (fixed.length > 0) {
    const fields = fixed.map(({ name, label }) => [
      `inputs.${name}`,
      `${label} stays as it was at the launch: the template does not let it be changed.`,
    ]);
    return refuse({ kind: "invalid_input", fields: Object.fromEntries(fields) });
  }
  const asked = changeableInputs(have);
  const isAsked = (name: string) => asked.some((input) => input.name === name);
  const isHidden = (name: string) =>
    !isAsked(name) && definitions.some((input) => input.name === name);
  const checked = checkInputs(asked, {
    ...pick(have.values, isAsked),
    ...pick(entered, (name) => !isHidden(name)),
  });
  if (!checked.ok) return checked;
  const { secrets } = checked.value;
  const formerly = have.secrets.length - new Set(have.secrets).size;
  const renewed = asked.filter(
    ({ name }) => Object.hasOwn(secrets, name) && have.secrets.includes(name),
  );
  if (renewed.length > 0 && formerly + renewed.length > mostFormerSecrets) {
    const fields = renewed.map(({ name, label }) => [
      `inputs.${name}`,
      `The nodes may have ${formerly} former values of secrets, and ${mostFormerSecrets} are the most. Reinstall them: an hour later ${label} can be changed again.`,
    ]);
    return refuse({ kind: "invalid_input", fields: Object.fromEntries(fields) });
  }
  const values = {
    ...pick(have.values, (name) => !isAsked(name)),
    ...checked.value.values,
  };
  const isSame = (name: string) =>
    JSON.stringify(values[name]) === JSON.stringify(have.values[name]);
  const changed = asked
    .map(({ name }) => name)
    .filter((name) => Object.hasOwn(secrets, name) || !isSame(name));
  return ok({ values, secrets, changed });
}

function pick<T>(values: Readonly<Record<string, T>>, takes: (name: string) => boolean) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => takes(name)));
}
