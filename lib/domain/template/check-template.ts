import type { TemplateHook } from "#lib/domain/hook/hook";
import { scriptProblems } from "#lib/domain/hook/script";
import { valueProblem } from "#lib/domain/template/input-values";
import {
  type Condition,
  inputNamePattern,
  patternProblem,
  type TemplateInput,
} from "#lib/domain/template/inputs";

/** A provider as a hook needs it: whether it may be called. */
export type KnownProvider = { id: string; name: string; state: "active" | "retired" };

/**
 * What keeps a version from being published, one sentence each: inputs that contradict themselves,
 * conditions in a circle, names that are not there, hooks that could never end. Empty: nothing does.
 */
export function templateProblems(
  inputs: readonly TemplateInput[],
  hooks: readonly TemplateHook[],
  providers: readonly KnownProvider[],
): string[] {
  return [...problemsOfInputs(inputs), ...problemsOfHooks(hooks, inputs, providers)];
}

/** Those of the inputs alone. */
export function problemsOfInputs(inputs: readonly TemplateInput[]): string[] {
  return [
    ...inputs.flatMap((input) => inputProblems(input, inputs)),
    ...twice(inputs.map((input) => input.name)).map((name) => `Two inputs are named ${name}.`),
    ...circles(inputs),
  ];
}

/** Those of the hooks alone. */
export function problemsOfHooks(
  hooks: readonly TemplateHook[],
  inputs: readonly TemplateInput[],
  providers: readonly KnownProvider[],
): string[] {
  return [
    ...hooks.flatMap((hook) => hookProblems(hook, inputs, providers)),
    ...twice(hooks.map((hook) => hook.name)).map((name) => `Two hooks are named ${name}.`),
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
  if (isChoice && twice(options).length > 0) say("it has a choice twice");
  if (min !== null && max !== null && min > max) say("its least is more than its most");
  const wrongPattern = pattern === null ? undefined : patternProblem(pattern);
  if (wrongPattern) say(`its pattern ${wrongPattern}`);
  if (type === "secret" && input.default !== null) say("a secret has no default");
  if (type === "secret" && override !== "allowed") say("a secret is always entered at launch");
  if (input.default !== null && type !== "secret" && !wrongPattern) {
    const problem = valueProblem(input, input.default);
    if (problem) say(`its default breaks its own rules: ${problem.replace(/\.$/, "")}`);
  }
  if (override === "fixed" && input.default === null) say("it is fixed and has no default");
  if (override === "restricted") {
    if (allowed.length === 0) say("it is restricted to no value at all");
    if (input.default !== null) {
      const parts = Array.isArray(input.default) ? input.default : [String(input.default)];
      if (parts.some((part) => !allowed.includes(part))) {
        say("its default is none of the values that it is restricted to");
      }
    }
  }
  const wrong = input.showIf && conditionProblem(input.showIf, all);
  if (wrong) say(wrong);
  return problems;
}

function conditionProblem({ input, value }: Condition, all: readonly TemplateInput[]) {
  const on = all.find((each) => each.name === input);
  if (!on) return `its condition is on "${input}", and there is no such input`;
  if (on.type === "secret") return "its condition is on a secret";
  const isChoice = on.type === "enum" || on.type === "multi_enum";
  if (isChoice && !on.options.includes(value)) return `${input} can never be "${value}"`;
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

function hookProblems(
  hook: TemplateHook,
  inputs: readonly TemplateInput[],
  providers: readonly KnownProvider[],
): string[] {
  const problems: string[] = [];
  const say = (words: string) => problems.push(`Hook ${hook.name || "without a name"}: ${words}.`);
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(hook.name)) {
    say("its name has lower-case letters, digits and dashes");
  }
  if (hook.kind === "http") {
    const provider = providers.find((each) => each.id === hook.providerId);
    if (!provider) say("it calls no provider that is registered");
    else if (provider.state !== "active") say(`its provider ${provider.name} is retired`);
  }
  if (hook.kind === "script") {
    for (const words of scriptProblems(hook)) say(words);
  }
  if (hook.kind === "approval") {
    if (!hook.approvers) say("it does not say who decides");
    if (hook.approvers?.kind === "people" && hook.approvers.emails.length === 0) {
      say("it names nobody who decides");
    }
    if (hook.point === "before_release") say("a release waits for nobody's approval");
    if (endsOnly(hook)) say("at this point nothing waits for an approval any more");
  }
  if (hook.kind === "wait" && endsOnly(hook)) say("at this point nothing waits any more");
  if (hook.point === "before_release" && hook.seconds > longestBeforeRelease) {
    say("a release waits for it an hour at most");
  }
  const wrong = hook.skipIf && conditionProblem(hook.skipIf, inputs);
  if (wrong) say(wrong);
  return problems;
}

/** Nodes that are given back are not held up for longer, whatever a provider says. */
const longestBeforeRelease = 3_600;

function endsOnly({ point }: TemplateHook): boolean {
  return ["on_success", "on_failure", "after_stop", "after_release"].includes(point);
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => name !== "" && names.indexOf(name) !== at))];
}
