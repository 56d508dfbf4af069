import type { TemplateHook } from "#lib/domain/hook/hook";
import { actionNamePattern, type TemplateAction } from "#lib/domain/template/actions";
import { inputsProblems } from "#lib/domain/template/check-inputs";
import { namedTwice } from "#lib/domain/template/named-twice";

/**
 * What is wrong with the actions of a version, one sentence each: names, questions that contradict
 * themselves, hooks that are not there or stand at another point, and hooks that no action asks for.
 */
export function actionProblems(
  actions: readonly TemplateAction[],
  hooks: readonly TemplateHook[],
): string[] {
  const asked = new Set(actions.flatMap((action) => action.hooks));
  return [
    ...actions.flatMap((action) => problemsOf(action, hooks)),
    ...namedTwice(actions.map((action) => action.name)).map(
      (name) => `Two actions are named ${name}.`,
    ),
    ...namedTwice(actions.map((action) => action.label)).map(
      (label) => `Two actions have "${label}" on their button.`,
    ),
    ...hooks
      .filter((hook) => hook.point === "on_action" && hook.name !== "" && !asked.has(hook.name))
      .map(({ name }) => `Hook ${name}: no action names it, so it would never run.`),
  ];
}

function problemsOf(action: TemplateAction, hooks: readonly TemplateHook[]): string[] {
  const who = `Action ${action.name || "without a name"}`;
  const problems: string[] = [];
  const say = (words: string) => problems.push(`${who}: ${words}.`);
  if (!actionNamePattern.test(action.name)) {
    say("its name has lower-case letters, digits and dashes");
  }
  if (!action.label) say("it has nothing on its button");
  if (action.hooks.length === 0) say("it names no hook, so it would do nothing");
  for (const name of namedTwice(action.hooks)) say(`it names hook ${name} twice`);
  for (const name of new Set(action.hooks)) {
    const hook = hooks.find((each) => each.name === name);
    if (!hook) say(`it names hook ${name}, and there is no such hook`);
    else if (hook.point !== "on_action") {
      say(`hook ${name} stands at another point; one behind an action is at on_action`);
    }
  }
  for (const input of action.inputs) {
    if (input.type === "secret") {
      say(
        `it asks for ${input.name}, a secret, which is sent to no hook; let the provider keep what it needs`,
      );
    }
    if (input.changeable) {
      say(`it asks for ${input.name} each time, so that is never changed after a launch`);
    }
  }
  return [...problems, ...inputsProblems(action.inputs).map((problem) => `${who}: ${problem}`)];
}
