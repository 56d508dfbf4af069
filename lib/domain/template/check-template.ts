import { type TemplateHook, whyNoQuarantine } from "#lib/domain/hook/hook";
import { parseProviderUrl } from "#lib/domain/hook/provider-url";
import { outputProblems, runsOnNodes, scriptProblems } from "#lib/domain/hook/script";
import type { TemplateAction } from "#lib/domain/template/actions";
import { actionProblems } from "#lib/domain/template/check-actions";
import { conditionProblem, inputsProblems } from "#lib/domain/template/check-inputs";
import type { TemplateInput } from "#lib/domain/template/inputs";
import { namedTwice } from "#lib/domain/template/named-twice";

/** A provider as a hook needs it: whether it may be called. */
export type KnownProvider = { id: string; name: string; state: "active" | "retired" };

/**
 * What keeps a version from being published, one sentence each: inputs that contradict themselves,
 * conditions in a circle, names that are not there, hooks that could never end, actions that would do
 * nothing. Empty: nothing does.
 */
export function templateProblems(
  inputs: readonly TemplateInput[],
  hooks: readonly TemplateHook[],
  providers: readonly KnownProvider[],
  actions: readonly TemplateAction[] = [],
): string[] {
  return [
    ...inputsProblems(inputs),
    ...problemsOfHooks(hooks, inputs, providers),
    ...actionProblems(actions, hooks),
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
    ...namedTwice(hooks.map((hook) => hook.name)).map((name) => `Two hooks are named ${name}.`),
  ];
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
  const { outputs = [] } = hook;
  if (outputs.length > 0 && hook.kind !== "http") {
    say("only one that asks a provider has outputs of its own; those of a script stand with it");
  }
  for (const words of outputProblems(outputs)) say(words);
  if (runsOnNodes(hook)) {
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
  if (hook.until) {
    if (hook.kind !== "wait") say("only a wait waits for an address");
    const url = parseProviderUrl(hook.until.url);
    if (!url.ok) say(`the address that it waits for: ${url.refusal.replace(/\.$/, "")}`);
    if (runsOnNodes(hook)) say("it waits for an address or for a script, not for both");
  }
  const isAsked = hook.until || (hook.kind === "wait" && hook.script);
  if (isAsked && hook.backoffSeconds < 5) say("it asks every 5 seconds at most");
  if (hook.point === "before_release" && hook.seconds > longestBeforeRelease) {
    say("a release waits for it an hour at most");
  }
  const noQuarantine = hook.onFailure === "quarantine" && whyNoQuarantine(hook);
  if (noQuarantine) say(noQuarantine);
  const wrong = hook.skipIf && conditionProblem(hook.skipIf, inputs);
  if (wrong) say(wrong);
  return problems;
}

/** Nodes that are given back are not held up for longer, whatever a provider says. */
const longestBeforeRelease = 3_600;

function endsOnly({ point }: TemplateHook): boolean {
  return ["on_success", "on_failure", "on_completion", "after_stop", "after_release"].includes(
    point,
  );
}
