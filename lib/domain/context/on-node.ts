import { textOf } from "#lib/domain/boot/launch-values";
import type { ContextFile } from "#lib/domain/context/context";
import { type ContextToApply, contextsInForce } from "#lib/domain/context/in-force";

/** What an environment's contexts give its nodes; secrets apart, so that they can be sealed. */
export type ContextOnNode = {
  variables: Record<string, string>;
  secrets: Record<string, string>;
  files: ContextFile[];
};

/**
 * Settles what a node gets of contexts: each name once, as it stands.
 * @param contexts With the values of their secrets, in the order in which they were recorded.
 * @param inputs What was entered at the launch; an input without a value sets nothing.
 * @param secretInputs The same of secret inputs: a variable that one sets is a secret.
 */
export function contextOnNode(
  contexts: readonly (Omit<ContextToApply, "secrets"> & { secrets: Record<string, string> })[],
  inputs: Readonly<Record<string, unknown>>,
  secretInputs: Readonly<Record<string, string>>,
): ContextOnNode {
  const found: ContextOnNode = { variables: {}, secrets: {}, files: [] };
  const named = contexts.map((each) => ({ ...each, secrets: Object.keys(each.secrets) }));
  const { names, files } = contextsInForce(named, [
    ...Object.keys(inputs),
    ...Object.keys(secretInputs),
  ]);
  for (const { name, setters } of names) {
    const stands = setters.at(-1);
    if (stands?.kind === "input") {
      const secret = secretInputs[stands.input];
      if (secret === undefined) found.variables[name] = textOf(inputs[stands.input]);
      else found.secrets[name] = secret;
      continue;
    }
    const of = contexts.find(
      ({ name: context, source }) => context === stands?.context && source === stands.source,
    );
    const secret = stands?.kind === "secret" ? of?.secrets[name] : undefined;
    if (secret === undefined) found.variables[name] = of?.variables[name] ?? "";
    else found.secrets[name] = secret;
  }
  found.files = files.map(({ file }) => file);
  return found;
}

// Values of secrets are sealed for the boot server in one record. No input is called as these are.
const prefix = "context/";

/** Secret inputs and secrets of contexts, as they are sealed together. */
export function joinSecrets(
  inputs: Readonly<Record<string, string>>,
  context: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = Object.entries(context).map(([name, value]) => [`${prefix}${name}`, value]);
  return { ...inputs, ...Object.fromEntries(named) };
}

/** The two apart again. */
export function partSecrets(sealed: Readonly<Record<string, string>>): {
  inputs: Record<string, string>;
  context: Record<string, string>;
} {
  const inputs: Record<string, string> = {};
  const context: Record<string, string> = {};
  for (const [name, value] of Object.entries(sealed)) {
    if (name.startsWith(prefix)) context[name.slice(prefix.length)] = value;
    else inputs[name] = value;
  }
  return { inputs, context };
}
