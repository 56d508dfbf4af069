import type { Change } from "#lib/domain/change";
import { longestLeaseWords } from "#lib/domain/environment/lease";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { approverWords, secondsWords } from "#lib/domain/hook/words";
import { networkWords } from "#lib/domain/pool/network-needs";
import type { TemplateAction } from "#lib/domain/template/actions";
import { joinWords } from "#lib/domain/template/command-line";
import { conditionWords, type TemplateInput } from "#lib/domain/template/inputs";
import { lineChanges } from "#lib/domain/template/line-changes";
import type {
  NodeGroupRole,
  TemplateBootConfig,
  TemplateNetwork,
} from "#lib/domain/template/template";

/** What a version of a template says, with its profiles and providers by name. */
export type VersionContent = {
  description: string;
  readme: string;
  groups: readonly {
    name: string;
    role: NodeGroupRole;
    profile: string;
    minCount: number;
    defaultCount: number;
    maxCount: number;
  }[];
  bootConfig: TemplateBootConfig;
  longestLeaseHours: number | null;
  network: TemplateNetwork;
  inputs: readonly TemplateInput[];
  hooks: readonly TemplateHook[];
  actions: readonly TemplateAction[];
};

/**
 * What differs between two versions, in words, part by part: groups, inputs, hooks and actions are the
 * same when they have the same name. Of what is there in one alone that is said, and no more.
 */
export function versionChanges(
  before: VersionContent,
  after: VersionContent,
  /** Names of providers, by id. */
  providers: ReadonlyMap<string, string>,
): Change[] {
  const facts = [before, after].map((version) => factsOf(version, providers));
  const [old = new Map<string, string>(), now = new Map<string, string>()] = facts;
  const [oldParts, nowParts] = [partsOf(before), partsOf(after)];
  const added = nowParts.filter((part) => !oldParts.includes(part));
  const removed = oldParts.filter((part) => !nowParts.includes(part));
  const changed = [...new Set([...old.keys(), ...now.keys()])].flatMap((what) => {
    const [was = none, is = none] = [old.get(what), now.get(what)];
    const isOfOne = [...added, ...removed].some((part) => what.startsWith(`${part}, `));
    if (was === is || isOfOne) return [];
    return [
      was !== none && is !== none && isLong(what)
        ? ofLines(what, was, is)
        : { what, before: was, after: is },
    ];
  });
  return [
    ...added.map((what) => ({ what, before: null, after: "" })),
    ...removed.map((what) => ({ what, before: "", after: null })),
    ...changed,
    ...order("Hooks, order", before.hooks, after.hooks),
  ];
}

const none = "none";

const isLong = (what: string) => what === "Read me" || /^Hook .*, script$/.test(what);

/** Of a long text nobody finds what has changed: its lines that have are told, with their numbers. */
function ofLines(what: string, was: string, is: string): Change {
  const { before, after } = lineChanges(was, is);
  const told = (lines: readonly string[]) => lines.join("\n") || "no line";
  return { what: `${what}, lines`, before: told(before), after: told(after) };
}

/** What has a name of its own, as it is called. */
function partsOf({ groups, inputs, hooks, actions }: VersionContent): string[] {
  return [
    ...groups.map(({ name }) => `Group ${name}`),
    ...inputs.map(({ name }) => `Input ${name}`),
    ...hooks.map(({ name }) => `Hook ${name}`),
    ...actions.map(({ name }) => `Action ${name}`),
  ];
}

/** Hooks of one point run in the order in which they stand. */
function order(
  what: string,
  before: readonly { name: string }[],
  after: readonly { name: string }[],
): Change[] {
  const common = (own: typeof before, other: typeof before) =>
    own.map(({ name }) => name).filter((name) => other.some((each) => each.name === name));
  const [was, is] = [common(before, after).join(", "), common(after, before).join(", ")];
  return was === is ? [] : [{ what, before: was, after: is }];
}

/** Everything that a version says, each under what it is called. */
function factsOf(
  version: VersionContent,
  providers: ReadonlyMap<string, string>,
): Map<string, string> {
  const { description, readme, groups, bootConfig, network, inputs, hooks, actions } = version;
  const facts: [string, string][] = [
    ["Description", description || none],
    ["Read me", readme || none],
    ["Longest lease", longestLeaseWords(version.longestLeaseHours)],
    ["Network", networkWords(network) ?? "what the site gives to all"],
    ["Packages", bootConfig.packages.join(", ") || none],
    ["Commands at first boot", bootConfig.commands.map(joinWords).join("; ") || none],
  ];
  const say = (part: string, parts: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(parts)) {
      facts.push([`${part}, ${name}`, textOf(value)]);
    }
  };
  for (const { name, role, profile, minCount, defaultCount, maxCount } of groups) {
    const nodes = `${minCount} to ${maxCount}, usually ${defaultCount}`;
    say(`Group ${name}`, { role: role.replace("_", " "), profile, nodes });
  }
  for (const input of inputs) say(`Input ${input.name}`, inputFacts(input));
  for (const hook of hooks) {
    const { name, kind, point, providerId, approvers, seconds, retries, backoffSeconds } = hook;
    say(`Hook ${name}`, {
      kind,
      point: point.replaceAll("_", " "),
      provider: providerId && (providers.get(providerId) ?? providerId),
      ...{ "decided by": approvers && approverWords(approvers), time: secondsWords(seconds) },
      ...{ retries, "waits between them": secondsWords(backoffSeconds) },
      ...{ "when it fails": hook.onFailure, once: hook.executeOnce },
      "skipped when": hook.skipIf && conditionWords(hook.skipIf),
      "waits for": hook.until?.url,
      certificate: hook.until?.certificatePem,
      ...{ script: hook.script?.text, outputs: hook.script?.outputs ?? hook.outputs },
    });
  }
  for (const { name, inputs: asked, ...action } of actions) {
    const { label, help, role, confirmation, hooks: runs } = action;
    say(`Action ${name}`, { label, help, "pressed by": role, "asked first": confirmation, runs });
    for (const input of asked) say(`Action ${name}, input ${input.name}`, inputFacts(input));
  }
  return new Map(facts);
}

function inputFacts(input: TemplateInput): Record<string, unknown> {
  const { label, help, section, type, required, options, pattern, min, max, override } = input;
  return {
    ...{ label, help, section, type, required, default: input.default, options, pattern },
    ...{ least: min, most: max, "shown when": input.showIf && conditionWords(input.showIf) },
    ...{ override, "may be": input.allowed },
    "changeable after the launch": input.changeable ?? false,
  };
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(", ") || none;
  return value === null || value === undefined || value === "" ? none : String(value);
}
