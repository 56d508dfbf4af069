import { NotTellableError, renderUserData } from "#lib/domain/boot/cloud-config";
import { launchFile, variablesFile } from "#lib/domain/boot/launch-values";
import type { ContextToApply } from "#lib/domain/context/in-force";
import { contextOnNode, joinSecrets } from "#lib/domain/context/on-node";
import { nextHostnames } from "#lib/domain/environment/hostname";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import { type ProfileFacts, saysMore } from "#lib/domain/profile/facts";
import { ok, type Result, refuse } from "#lib/domain/result";
import {
  checkToldInputs,
  everyValue,
  plainValues,
  shownInputs,
} from "#lib/domain/template/input-values";
import { type InputValue, type TemplateInput, usualValue } from "#lib/domain/template/inputs";
import type { TemplateBootConfig } from "#lib/domain/template/template";

/** Beyond this a file of a preview is cut, but for those with what was entered. */
const longestFile = 1_000;
const withEntered: readonly string[] = [launchFile, variablesFile];

/** What of a version a first boot is told. */
type PreviewedVersion = {
  bootConfig: TemplateBootConfig;
  inputs: readonly TemplateInput[];
  hooks: readonly TemplateHook[];
};

/** What nodes of a group have in common: their image and their profile. */
type PreviewedGroup = {
  defaultUser: string;
  /** Whether their image goes to a disk: they then carry what says at later boots that they are up. */
  isInstalled: boolean;
  profile: ProfileFacts;
};

/** What was chosen for a launch. */
type Chosen = {
  /** OpenSSH public keys, one each; left out where nobody has chosen any. */
  authorizedKeys?: string[];
  entered?: Readonly<Record<string, InputValue>>;
  /** Secret inputs that will have a value, by name. */
  secrets?: readonly string[];
};

type PreviewedNode = PreviewedGroup & Chosen & { hostname: string };

/** What cloud-init is told on the first node of a group. */
export type RenderedGroup = { name: string; nodes: number; hostname: string; userData: string };

/**
 * What cloud-init will be told at a first boot of a template's node, to be read: laid out, with
 * `…` for what a launch decides, secrets hidden and long files cut; or a sentence about what it cannot be
 * told. With what was entered, the values are those that a launch would hand on; it has to hold against
 * the definitions.
 * @param contexts In the order in which a launch would keep them.
 */
export function previewUserData(
  version: PreviewedVersion,
  contexts: readonly ContextToApply[],
  node: PreviewedNode,
): string {
  const told = standInUserData(version, contexts, node);
  if (!told.ok) return told.refusal;
  const config = JSON.parse(told.value.slice(told.value.indexOf("\n")));
  const files: { path: string; content: string }[] = config.write_files ?? [];
  for (const file of files) {
    if (!withEntered.includes(file.path)) file.content = cut(file.content);
  }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}`;
}

/**
 * The same for the first node of each group that has nodes, with the host names that a launch gives them:
 * group by group, counted from 1.
 */
export function previewGroups(
  version: PreviewedVersion,
  contexts: readonly ContextToApply[],
  groups: readonly (PreviewedGroup & { name: string; count: number })[],
  { name: environment, ...chosen }: Chosen & { name: string },
): RenderedGroup[] {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const hostnames = nextHostnames(environment, [], total);
  let next = 0;
  return groups.flatMap(({ name, count, ...group }) => {
    const hostname = hostnames[next];
    next += count;
    if (count === 0 || hostname === undefined) return [];
    const userData = previewUserData(version, contexts, { ...group, ...chosen, hostname });
    return [{ name, nodes: count, hostname, userData }];
  });
}

/**
 * What a node gets, in one line and whole, with its secrets hidden all the same. Refused with a
 * sentence where something of it cannot be told.
 */
export function standInUserData(
  { bootConfig, inputs, hooks }: PreviewedVersion,
  contexts: readonly ContextToApply[],
  node: PreviewedNode,
): Result<string, string> {
  const hasScripts = hooks.some(runsOnNodes);
  const { plain, every, secrets } = node.entered
    ? enteredValues(inputs, node.entered, node.secrets ?? [])
    : usualValues(inputs);
  const opened = contexts.map((each) => ({ ...each, secrets: masked(each.secrets) }));
  const given = contextOnNode(opened, plain, secrets);
  const isNamed = Object.keys(given.variables).length + Object.keys(given.secrets).length > 0;
  try {
    return ok(
      renderUserData({
        hostname: node.hostname,
        defaultUser: node.defaultUser,
        authorizedKeys: node.authorizedKeys ?? ["ssh-ed25519 ..."],
        extra: bootConfig,
        ...(inputs.length > 0 || hasScripts || isNamed || saysMore(node.profile)
          ? {
              launch: {
                inputs: every,
                outputs: {},
                profile: node.profile,
                ...(isNamed ? { context: given.variables } : {}),
              },
            }
          : {}),
        files: given.files,
        phoneHomeUrl: "http://…/p/…",
        eventUrl: "http://…/e/…",
        ...(node.isInstalled ? { startedUrl: "http://…/s/…" } : {}),
        ...(hasScripts ? { hooksUrl: "http://…/h/…" } : {}),
        secrets: joinSecrets(secrets, given.secrets),
      }),
    );
  } catch (error) {
    if (!(error instanceof NotTellableError)) throw error;
    return refuse(`cloud-init cannot be told this: ${error.message}.`);
  }
}

const hidden = "••••••";

const masked = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, hidden]));

/** Values as nodes are given them: those there are, those of every input, and secrets by name. */
type GivenValues = {
  plain: Record<string, unknown>;
  every: Record<string, unknown>;
  secrets: Record<string, string>;
};

function usualValues(inputs: readonly TemplateInput[]): GivenValues {
  const isSecret = ({ type }: TemplateInput) => type === "secret";
  const plain = Object.fromEntries(
    inputs
      .filter((input) => !isSecret(input))
      .map((input) => [input.name, usualValue(input) ?? "…"]),
  );
  const secrets = masked(inputs.filter(isSecret).map(({ name }) => name));
  return { plain, every: plain, secrets };
}

function enteredValues(
  inputs: readonly TemplateInput[],
  entered: Readonly<Record<string, InputValue>>,
  told: readonly string[],
): GivenValues {
  const checked = checkToldInputs(inputs, entered, told);
  if (!checked.ok) throw new Error("values that no launch takes were to be shown");
  const { values, secrets } = checked.value;
  const later = shownInputs(inputs, entered).filter(
    ({ name, type }) => type === "secret" && told.includes(name),
  );
  return {
    plain: plainValues(inputs, values),
    every: everyValue(inputs, values),
    secrets: masked([...Object.keys(secrets), ...later.map(({ name }) => name)]),
  };
}

function cut(content: string): string {
  if (content.length <= longestFile) return content;
  const [line = ""] = content.split("\n", 1);
  const first = line.slice(0, longestFile);
  return `${first}… (${content.length - first.length} characters more)`;
}
