import { shownInputs, valueProblem } from "#lib/domain/template/input-values";
import type { InputValue, InputValues, TemplateInput } from "#lib/domain/template/inputs";

/**
 * Values to try inputs with that nobody has entered: for each that has to be entered and has no default,
 * one that its type and its bounds take. Others have none here, so that their defaults are tried.
 */
export function exampleValues(inputs: readonly TemplateInput[]): InputValues {
  const needed = inputs.filter((input) => input.required && input.default === null);
  const examples = Object.fromEntries(needed.map((input) => [input.name, exampleOf(input)]));
  const shown = new Set(shownInputs(inputs, examples).map(({ name }) => name));
  return Object.fromEntries(Object.entries(examples).filter(([name]) => shown.has(name)));
}

/** The one that also matches its pattern, where one of these does. */
function exampleOf(input: TemplateInput): InputValue {
  const candidates = candidatesOf(input);
  return candidates.find((value) => !valueProblem(input, value)) ?? candidates[0] ?? "";
}

function candidatesOf(input: TemplateInput): InputValue[] {
  const { type, options, override, allowed } = input;
  const least = Math.max(1, input.min ?? 1);
  const among = override === "restricted" ? allowed : options;
  switch (type) {
    case "boolean":
      return [override === "restricted" ? allowed[0] === "true" : true];
    case "number":
      return override === "restricted" ? allowed.map(Number) : [input.min ?? input.max ?? 1];
    case "enum":
    case "image":
      return among;
    case "ssh_keys":
    case "multi_enum":
      return [among.slice(0, least)];
    case "duration":
      return override === "restricted" ? allowed : ["1h", `${Math.ceil(least)}s`];
    case "cidr":
      return override === "restricted" ? allowed : ["10.20.0.0/16"];
    case "json":
      return override === "restricted" ? allowed : ["{}"];
    default:
      return override === "restricted" ? allowed : texts(least, input.max ?? 10_000);
  }
}

/** The word, drawn out or cut to fit, then runs of one character: what short patterns ask for. */
function texts(min: number, max: number): string[] {
  const runs = Array.from({ length: 16 }, (_, at) => at + 1).filter((n) => n >= min && n <= max);
  return [
    "example".padEnd(min, "-").slice(0, max),
    ...["1", "a", "A"].flatMap((character) => runs.map((length) => character.repeat(length))),
  ];
}
