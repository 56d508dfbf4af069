import { renderUserData } from "#lib/domain/boot/cloud-config";
import type { ContextToApply } from "#lib/domain/context/in-force";
import { contextOnNode } from "#lib/domain/context/on-node";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import { type ProfileFacts, saysMore } from "#lib/domain/profile/facts";
import { checkInputs, everyValue } from "#lib/domain/template/input-values";
import { type InputValue, type TemplateInput, usualValue } from "#lib/domain/template/inputs";
import type { TemplateBootConfig } from "#lib/domain/template/template";

/** Beyond this a file of a preview is cut: it is the same for every node. */
const longestFile = 1_000;

/** One node of a launch: its name, its image's user, and what was entered. */
type PreviewedNode = {
  hostname: string;
  defaultUser: string;
  profile: ProfileFacts;
  entered?: Readonly<Record<string, InputValue>>;
};

/**
 * What cloud-init will be told at a first boot of a template's node, to be read: laid out, with
 * `…` for what a launch decides, secrets hidden and long files cut. With what was entered, the values
 * are those that a launch would hand on; it has to hold against the definitions.
 * @param contexts Those of the template: those of a project come with its launches.
 */
export function previewUserData(
  version: {
    bootConfig: TemplateBootConfig;
    inputs: readonly TemplateInput[];
    hooks: readonly TemplateHook[];
  },
  contexts: readonly ContextToApply[],
  node: PreviewedNode,
): string {
  const { bootConfig, inputs, hooks } = version;
  const hasScripts = hooks.some(runsOnNodes);
  const values = node.entered ? enteredValues(inputs, node.entered) : usualValues(inputs);
  const opened = contexts.map((each) => ({
    ...each,
    secrets: Object.fromEntries(each.secrets.map((name) => [name, hidden])),
  }));
  const given = contextOnNode(opened, values, {});
  const context = { ...given.variables, ...given.secrets };
  const isNamed = Object.keys(context).length > 0;
  const text = renderUserData({
    hostname: node.hostname,
    defaultUser: node.defaultUser,
    authorizedKeys: ["ssh-ed25519 ..."],
    extra: bootConfig,
    ...(inputs.length > 0 || hasScripts || isNamed || saysMore(node.profile)
      ? {
          launch: {
            inputs: values,
            outputs: {},
            profile: node.profile,
            ...(isNamed ? { context } : {}),
          },
        }
      : {}),
    files: given.files,
    phoneHomeUrl: "http://…/p/…",
    eventUrl: "http://…/e/…",
    ...(hasScripts ? { hooksUrl: "http://…/h/…" } : {}),
  });
  const config = JSON.parse(text.slice(text.indexOf("\n")));
  return `#cloud-config\n${JSON.stringify(config, (key, part) => (key === "content" ? cut(part) : part), 2)}`;
}

const hidden = "••••••";

function usualValues(inputs: readonly TemplateInput[]): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map((input) => [
      input.name,
      input.type === "secret" ? hidden : (usualValue(input) ?? "…"),
    ]),
  );
}

function enteredValues(
  inputs: readonly TemplateInput[],
  entered: Readonly<Record<string, InputValue>>,
): Record<string, unknown> {
  const checked = checkInputs(inputs, entered);
  if (!checked.ok) throw new Error("values that no launch takes were to be shown");
  const { values, secrets } = checked.value;
  const masked = Object.keys(secrets).map((name) => [name, hidden]);
  return { ...everyValue(inputs, values), ...Object.fromEntries(masked) };
}

function cut(content: string): string {
  if (content.length <= longestFile) return content;
  const first = content.slice(0, content.indexOf("\n"));
  return `${first}… (${content.length - first.length} characters more)`;
}
