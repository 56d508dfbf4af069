import { parseNetwork } from "#lib/domain/network-address";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import {
  durationSeconds,
  holds,
  type InputValue,
  type InputValues,
  longestInput,
  longestMatched,
  type TemplateInput,
  usualValue,
  valueWords,
} from "#lib/domain/template/inputs";

/** Values of a launch: what may be kept as it is, and what is sealed. */
export type CheckedInputs = { values: InputValues; secrets: Record<string, string> };

/**
 * Holds what was entered against the definitions: the same answer in the form and on the server. An
 * input that was left empty has its default (`usualValue`). One that is not shown has no value, whatever was sent.
 * Refuses with a sentence for each input, under `inputs.NAME`; one that is not defined is refused, too.
 */
export function checkInputs(
  definitions: readonly TemplateInput[],
  entered: Readonly<Record<string, InputValue>>,
): Result<CheckedInputs, RefusalOf<"invalid_input">> {
  const fields: Record<string, string> = {};
  const values: InputValues = {};
  const secrets: Record<string, string> = {};
  for (const name of Object.keys(entered)) {
    if (!definitions.some((each) => each.name === name)) {
      fields[`inputs.${name}`] = `The template has no input named ${name}.`;
    }
  }
  const shown = shownInputs(definitions, entered);
  for (const definition of shown) {
    const { name } = definition;
    const given = entered[name];
    const value = isEmpty(given) ? usualValue(definition) : given;
    if (value === undefined || value === null || isEmpty(value)) {
      if (definition.required) fields[`inputs.${name}`] = `Enter ${definition.label}.`;
      continue;
    }
    const problem = valueProblem(definition, value) ?? overrideProblem(definition, value);
    if (problem) fields[`inputs.${name}`] = problem;
    else if (definition.type === "secret") secrets[name] = String(value);
    else values[name] = value;
  }
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  return ok({ values, secrets });
}

/**
 * The same where secrets are told by name: those will have a value, which is looked at only when it comes
 * and is not among what is given back.
 */
export function checkToldInputs(
  definitions: readonly TemplateInput[],
  entered: Readonly<Record<string, InputValue>>,
  secrets: readonly string[],
): Result<CheckedInputs, RefusalOf<"invalid_input">> {
  const asked = definitions.filter(
    ({ name, type }) => type !== "secret" || !secrets.includes(name) || name in entered,
  );
  return checkInputs(asked, entered);
}

/** The inputs that are shown with the values as they stand: those whose conditions hold. */
export function shownInputs(
  definitions: readonly TemplateInput[],
  entered: Readonly<Record<string, InputValue>>,
): TemplateInput[] {
  const byName = new Map(definitions.map((each) => [each.name, each]));
  /** `asked`: the inputs that it is being asked for; one that depends on itself is not shown. */
  function isShown({ name, showIf }: TemplateInput, asked: readonly string[]): boolean {
    if (!showIf) return true;
    const on = byName.get(showIf.input);
    if (!on || asked.includes(name)) return false;
    const given = entered[on.name];
    const value = isEmpty(given) ? usualValue(on) : given;
    const isThere = value !== undefined && value !== null && isShown(on, [...asked, name]);
    return holds(showIf, isThere ? { [on.name]: value } : {});
  }
  return definitions.filter((each) => isShown(each, []));
}

/** What a field says that somebody emptied: the launch takes the default all the same. Undefined otherwise. */
export function emptiedWords(
  definition: TemplateInput,
  given: InputValue | undefined,
): string | undefined {
  const usual = usualValue(definition);
  if (given === undefined || !isEmpty(given) || usual === null) return undefined;
  const words = valueWords(usual);
  return words.length > longestTold ? "Empty: the default." : `Empty: the default, ${words}.`;
}

/** A default that is longer stands in no line. */
const longestTold = 80;

/** What is wrong with a value by its type, length, bounds and pattern; undefined when nothing is. */
export function valueProblem(definition: TemplateInput, value: InputValue): string | undefined {
  const { label, options } = definition;
  switch (definition.type) {
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return `${label} is a number.`;
      return boundsProblem(definition, value, "");
    case "boolean":
      return typeof value === "boolean" ? undefined : `${label} is yes or no.`;
    case "enum":
      return typeof value === "string" && options.includes(value)
        ? undefined
        : `${label} is one of ${options.join(", ")}.`;
    case "image":
      return typeof value === "string" && options.includes(value)
        ? undefined
        : `${label}: ${noImage(options)}`;
    case "ssh_keys": {
      if (!Array.isArray(value)) return `${label} is a list of SSH keys.`;
      if (new Set(value).size !== value.length) return `${label} has a key twice.`;
      if (value.some((each) => !options.includes(each))) {
        return `${label} takes your own saved keys and the project's alone.`;
      }
      return boundsProblem(definition, value.length, " keys");
    }
    case "multi_enum": {
      if (!Array.isArray(value)) return `${label} is a list of choices.`;
      if (new Set(value).size !== value.length) return `${label} has a choice twice.`;
      const other = value.find((each) => !options.includes(each));
      if (other !== undefined) return `${label} has no choice "${other}".`;
      return boundsProblem(definition, value.length, " choices");
    }
    case "duration": {
      const seconds = typeof value === "string" ? durationSeconds(value) : undefined;
      if (seconds === undefined) return `${label} is a time such as 30m, 12h or 7d.`;
      return boundsProblem(definition, seconds, " seconds");
    }
    case "cidr":
      return typeof value === "string" && parseNetwork(value)
        ? undefined
        : `${label} is a network such as 10.20.0.0/16.`;
    case "json":
      if (typeof value !== "string" || value.length > longestInput.json || !isJson(value)) {
        return `${label} is JSON of at most ${longestInput.json} characters.`;
      }
      return undefined;
    default:
      return textProblem(definition, value);
  }
}

function noImage(options: readonly string[]): string {
  return options.length > 0
    ? `these nodes may run ${options.join(" or ")}.`
    : "these nodes may run no image that the template and the project both have. Ask the platform team.";
}

function textProblem(definition: TemplateInput, value: InputValue): string | undefined {
  const { label, type, pattern } = definition;
  if (typeof value !== "string") return `${label} is text.`;
  const longest = longestInput[type as "string" | "text" | "secret"];
  if (value.length > longest) return `${label} has at most ${longest} characters.`;
  const control =
    type === "text" || type === "secret" ? /[^\P{Cc}\n\r\t]|\p{Cs}/u : /[\p{Cc}\p{Cs}]/u;
  if (control.test(value)) return `${label} has printable characters only.`;
  const bounds = boundsProblem(definition, value.length, " characters");
  if (bounds) return bounds;
  if (pattern === null) return undefined;
  if (value.length > longestMatched) return `${label} has at most ${longestMatched} characters.`;
  return new RegExp(`^(?:${pattern})$`, "u").test(value)
    ? undefined
    : `${label} does not have the form that is asked for: ${definition.help || pattern}`;
}

function boundsProblem({ label, min, max }: TemplateInput, size: number, unit: string) {
  if (min !== null && size < min) return `${label}: at least ${min}${unit}.`;
  if (max !== null && size > max) return `${label}: at most ${max}${unit}.`;
  return undefined;
}

function overrideProblem(definition: TemplateInput, value: InputValue): string | undefined {
  const { label, override, allowed } = definition;
  if (override === "allowed") return undefined;
  if (override === "fixed") {
    return JSON.stringify(value) === JSON.stringify(usualValue(definition))
      ? undefined
      : `${label} is fixed by the template.`;
  }
  const parts = Array.isArray(value) ? value : [String(value)];
  return parts.every((part) => allowed.includes(part))
    ? undefined
    : `${label} is one of ${allowed.join(", ")}.`;
}

function isEmpty(value: InputValue | null | undefined): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The values as nodes and hooks are given them: JSON as what it says, not as text; SSH keys as one text,
 * a key on each line, as `authorized_keys` has them.
 */
export function plainValues(
  definitions: readonly TemplateInput[],
  values: InputValues,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const type = definitions.find((each) => each.name === name)?.type;
      if (type === "ssh_keys" && Array.isArray(value)) return [name, value.join("\n")];
      return [name, type === "json" && typeof value === "string" ? JSON.parse(value) : value];
    }),
  );
}

/**
 * The same with every input that is defined, null where it has no value: a script that may not read a
 * variable which is not set finds it set and empty.
 */
export function everyValue(
  definitions: readonly TemplateInput[],
  values: InputValues,
): Record<string, unknown> {
  const none = Object.fromEntries(definitions.map(({ name }) => [name, null]));
  return { ...none, ...plainValues(definitions, values) };
}

/**
 * Of these the values that can be changed after the launch, null where there is none, and no secrets: what a
 * node that was installed before may have otherwise.
 */
export function changeableValues(
  definitions: readonly TemplateInput[],
  values: InputValues,
): Record<string, unknown> {
  const changeable = definitions.filter((each) => each.changeable && each.type !== "secret");
  const every = everyValue(definitions, values);
  return Object.fromEntries(changeable.map(({ name }) => [name, every[name]]));
}

/** The other way of `plainValues`: what nodes and hooks were given, as a launch keeps it. */
export function keptValues(
  definitions: readonly TemplateInput[],
  given: Readonly<Record<string, unknown>>,
): InputValues {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const type = definitions.find((each) => each.name === name)?.type;
      if (type === "ssh_keys" && typeof value === "string") return [name, value.split("\n")];
      return [name, type === "json" ? JSON.stringify(value) : (value as InputValue)];
    }),
  );
}
