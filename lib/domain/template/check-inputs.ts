import { valueProblem } from "#lib/domain/template/input-values";
import {
  type Condition,
  inputNamePattern,
  patternProblem,
  type TemplateInput,
  usualValue,
  whyNotChangeable,
} from "#lib/domain/template/inputs";
import { namedTwice } from "#lib/domain/template/named-twice";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";

/**
 * What is wrong with inputs that are asked together, one sentence each: those that contradict
 * themselves, conditions in a circle or on what is not there, two of one name.
 */
export function inputsProblems(inputs: readonly TemplateInput[]): string[] {
  return [
    ...inputs.flatMap((input) => inputProblems(input, inputs)),
    ...namedTwice(inputs.map((input) => input.name)).map((name) => `Two inputs are named ${name}.`),
    ...circles(inputs),
  ];
}

function inputProblems(input: TemplateInput, all: readonly TemplateInput[]): string[] {
  const { name, type, options, pattern, min, max, override, allowed } = input;
  const problems: string[] = [];
  const say = (words: string) => problems.push(`Input ${name || "without a name"}: ${words}.`);
  if (!inputNamePattern.test(name)) {
    say("its name has lower-case letters, digits and underscores, and begins with a letter");
  }
  if (!input.label) say("it has no label");
  const isChoice = type === "enum" || type === "multi_enum";
  if (isChoice && options.length === 0) say("it has no choices");
  if (isChoice && namedTwice(options).length > 0) say("it has a choice twice");
  if (min !== null && max !== null && min > max) say("its least is more than its most");
  const wrongPattern = pattern === null ? undefined : patternProblem(pattern);
  if (wrongPattern) say(`its pattern ${wrongPattern}`);
  if (type === "secret" && input.default !== null) say("a secret has no default");
  if (type === "secret" && override !== "allowed") say("a secret is always entered at launch");
  if (type === "ssh_keys") {
    if (input.default !== null) say("SSH keys have no default: a template knows nobody's");
    if (override !== "allowed") say("SSH keys are always chosen at launch");
  }
  if (input.default !== null && type !== "secret" && type !== "ssh_keys" && !wrongPattern) {
    // What a project may run is not known here.
    const [tried = input] = offeredInputs([input], exampleOffer([input]));
    const problem = valueProblem(tried, input.default);
    if (problem) say(`its default breaks its own rules: ${problem.replace(/\.$/, "")}`);
  }
  const usual = usualValue(input);
  if (override === "fixed" && usual === null) say("it is fixed and has no default");
  if (override === "restricted") {
    if (allowed.length === 0) say("it is restricted to no value at all");
    // Offered to whoever launches, and refused to whoever takes it.
    const outside = isChoice ? allowed.find((each) => !options.includes(each)) : undefined;
    if (outside !== undefined) {
      say(`it is restricted to "${outside}", which is none of its choices`);
    }
    if (usual !== null) {
      const parts = Array.isArray(usual) ? usual : [String(usual)];
      if (parts.some((part) => !allowed.includes(part))) {
        say("its default is none of the values that it is restricted to");
      }
    }
  }
  const wrong = input.showIf && conditionProblem(input.showIf, all);
  if (wrong) say(wrong);
  const never = input.changeable && whyNotChangeable(input);
  if (never) say(`it cannot be marked as changeable: ${never}`);
  // A change would take away what cannot be changed, or ask for it.
  const on = all.find((each) => each.name === input.showIf?.input);
  if (on?.changeable && !input.changeable) {
    say(`it is shown or hidden by ${on.name}, which can be changed after the launch: mark it, too`);
  }
  return problems;
}

/** What is wrong with a condition on one of these inputs, to be read after a name; undefined when nothing is. */
export function conditionProblem({ input, value }: Condition, all: readonly TemplateInput[]) {
  const on = all.find((each) => each.name === input);
  if (!on) return `its condition is on "${input}", and there is no such input`;
  if (on.type === "secret") return "its condition is on a secret";
  if (on.type === "ssh_keys") return "its condition is on SSH keys";
  const isChoice = on.type === "enum" || on.type === "multi_enum";
  const choices = on.override === "restricted" ? on.allowed : on.options;
  if (isChoice && !choices.includes(value)) return `${input} can never be "${value}"`;
  if (on.type === "boolean" && value !== "true" && value !== "false") {
    return `${input} is true or false, never "${value}"`;
  }
  return undefined;
}

/** Inputs that are shown only if they are shown. */
function circles(inputs: readonly TemplateInput[]): string[] {
  const next = new Map(inputs.map((input) => [input.name, input.showIf?.input]));
  const told = new Set<string>();
  return inputs.flatMap(({ name }) => {
    const way = [name];
    for (let at = next.get(name); at !== undefined; at = next.get(at)) {
      if (at === name) {
        if (way.some((each) => told.has(each))) return [];
        for (const each of way) told.add(each);
        return [`The conditions of ${way.join(", ")} go in a circle.`];
      }
      if (way.includes(at)) return [];
      way.push(at);
    }
    return [];
  });
}
